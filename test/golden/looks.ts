/** What must be so of every screen, and its golden file. */
import { stripVTControlCharacters } from 'node:util'
import { expect } from 'vitest'
import { widthOf } from '../../lib/report/style.ts'
import { strangeColours } from '../screen/colours.ts'

/** What is read by programs (a log too), or copied from the screen, is not broken into lines. */
const whole = (line: string): boolean => /^(\d{4}-\d\d-\d\dT|\$ ovngw |\{"|[^ ]*,.*,|\||\s*<|\s+kubectl )/.test(line)

/** The same screen without and with colour: files in screens/, fits, no stray spaces, codes only where there is colour. */
export async function expectLooks(name: string, columns: number, plain: string, coloured: string): Promise<void> {
  await expect(plain).toMatchFileSnapshot(`screens/${name}-${columns}.txt`)
  await expect(coloured).toMatchFileSnapshot(`screens/${name}-${columns}-colour.txt`)
  expect(plain).not.toMatch(/\u001b|This is a bug/)
  expect(stripVTControlCharacters(coloured)).toBe(plain)
  expect(strangeColours(coloured)).toEqual([])
  const lines = plain.split('\n')
  expect(lines.filter((l) => / $/.test(l))).toEqual([])
  expect(lines.filter((l) => widthOf(l) > columns && !whole(l))).toEqual([])
}
