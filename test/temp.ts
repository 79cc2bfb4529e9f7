/** A temporary folder of its own for a test run: whatever a test leaves in it is gone with it, also after a failure. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function setup(): () => void {
  const before = process.env['TMPDIR']
  const dir = mkdtempSync(join(tmpdir(), 'ovngw-tests-'))
  process.env['TMPDIR'] = dir
  return () => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    rmSync(dir, { recursive: true, force: true })
  }
}
