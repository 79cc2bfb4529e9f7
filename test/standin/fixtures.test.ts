/** test/fixtures/recordings is what slim.ts makes of the recordings; OVNGW_WRITE_FIXTURES=1 writes it anew. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { slimRecordings } from './slim.ts'

const FROM = process.env['OVNGW_RECORDINGS'] ?? '/work/shared/recordings'
const TO = fileURLToPath(new URL('../fixtures/recordings', import.meta.url))

it.skipIf(!existsSync(FROM))(`the fixtures are what ${FROM} says (skipped where the recordings are not)`, () => {
  const wanted = slimRecordings(FROM)
  expect(wanted.size).toBeGreaterThan(30)
  for (const [path, text] of wanted) {
    if (process.env['OVNGW_WRITE_FIXTURES'] === '1') {
      mkdirSync(dirname(`${TO}/${path}`), { recursive: true })
      writeFileSync(`${TO}/${path}`, text)
    }
    expect(readFileSync(`${TO}/${path}`, 'utf8'), path).toBe(text)
  }
})
