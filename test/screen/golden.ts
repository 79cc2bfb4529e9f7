/** Golden screens: what a person sees, kept as files; what differs from run to run is masked by text of the same kind. */
import { expect } from 'vitest'

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/ \(\d+\.\d\u00a0?s\)/g, ''],
  [/ \(\d+\.\d s\)/g, ''],
  [/\b\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-/g, '2026-11-22T10-00-00-'],
  [/\bin (\d+ m )?\d+(\.\d)? s\b/g, 'in 6.4 s'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:6443'],
  [/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g, '16:52:f3:13:6a:25'],
  [/(just now|\d+ min ago)/g, 'just now'],
  // checks are added and taken away: how many there are is no matter of looks
  [/\b\d+ checks\b/g, 'N checks'],
  [/, \d+ skipped\b/g, ', N skipped'],
]

export const masked = (screen: string, lab: string): string =>
  MASKS.reduce((text, [what, by]) => text.replaceAll(what, by), screen.replaceAll(lab, 'practice')).replaceAll(/[ \t]+$/gm, '')

/** Compares with test/screen/golden/NAME-COLUMNS.txt (written when absent; `vitest -u` renews it). */
export async function expectGolden(name: string, columns: number, screen: string, lab: string): Promise<void> {
  await expect(masked(screen, lab)).toMatchFileSnapshot(`golden/${name}-${columns}.txt`)
}
