/** What must be so of every screen, and its golden file. */
import { stripVTControlCharacters } from 'node:util'
import { expect } from 'vitest'
import { widthOf } from '../../lib/report/style.ts'
import { strangeColours } from '../screen/colours.ts'

/** What is read by programs (a log too), or copied from the screen, is not broken into lines. */
const whole = (line: string): boolean => /^(\d{4}-\d\d-\d\dT|\$ ovngw |\{"|[^ ]*,.*,|\||\s*<|\s+kubectl )/.test(line)

interface Screens {
  readonly columns: number
  readonly plain: string
  readonly coloured: string
}

/** The same screen without and with colour: files in screens/ (of what `kept` leaves of it), fits, no stray spaces, codes only where there is colour. */
export async function expectLooks(name: string, { columns, plain, coloured }: Screens, kept = (screen: string): string => screen): Promise<void> {
  await expect(kept(plain)).toMatchFileSnapshot(`screens/${name}-${columns}.txt`)
  await expect(kept(coloured)).toMatchFileSnapshot(`screens/${name}-${columns}-colour.txt`)
  expect(plain).toBe(stripVTControlCharacters(plain))
  expect(plain).not.toContain('This is a bug')
  expect(stripVTControlCharacters(coloured)).toBe(plain)
  expect(strangeColours(coloured)).toEqual([])
  const lines = plain.split('\n')
  expect(lines.filter((l) => / $/.test(l))).toEqual([])
  expect(lines.filter((l) => widthOf(l) > columns && !whole(l))).toEqual([])
}
