// Loaded before the program by Nodes of any age: one clear line instead of a syntax error (exit 2: usage). Keep it plain.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`ovngw: needs Node.js 22.19 or newer; ${process.execPath} is ${process.versions.node}\n`)
  process.exit(2)
}
