// count.cjs FILE RC: vitest's JSON report as one line `N passed, N failed, N skipped`. Exits non-zero when `npm test` did (RC), anything failed or nothing ran.
const fs = require('node:fs')
const [file, rc] = process.argv.slice(2)
const count = { passed: 0, failed: 0, skipped: 0 }
if (fs.existsSync(file)) {
  for (const { status, assertionResults } of JSON.parse(fs.readFileSync(file, 'utf8')).testResults) {
    const states = assertionResults.map((result) => result.status)
    for (const state of states) count[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1
    // A file that does not even load has no failed test in it.
    if (status === 'failed' && !states.includes('failed')) count.failed += 1
  }
}
// The gate before the tests (types, lint) or an error outside any test.
if (rc !== '0' && count.failed === 0) count.failed = 1
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0
