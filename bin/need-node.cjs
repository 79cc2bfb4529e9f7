// Loaded before the program by Nodes of any age: one clear line instead of a syntax error (exit 2: usage). Keep it plain ES5.
var have = process.versions.node.split('.')
if (have[0] < 22 || (+have[0] === 22 && have[1] < 19)) {
  process.stderr.write('ovngw: needs Node.js 22.19 or newer; ' + process.execPath + ' is ' + process.versions.node + '\n')
  process.exit(2)
}
