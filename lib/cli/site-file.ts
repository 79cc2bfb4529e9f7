/** Writing a new inventory: parsed before it is written, never over a file that is there. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { parseSite } from '../inventory/parse.ts'
import type { Site } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

export const siteName = (text: string): true | string => NAME.test(text) || 'write letters, digits, dots, dashes and underscores: it becomes a file name'

/** inventory/NAME.yaml under `cwd`. @throws OvngwError USAGE when it exists, INVENTORY when the text would not be read again. */
export async function writeSite(cwd: string, name: string, text: string): Promise<Site> {
  const ok = siteName(name)
  if (ok !== true) throw new OvngwError('USAGE', { what: `${JSON.stringify(name)} cannot be a site's name`, why: ok })
  const file = join(cwd, 'inventory', `${name}.yaml`)
  const site = parseSite(text, file, relative(cwd, file))
  await mkdir(dirname(file), { recursive: true })
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'EEXIST') throw cause
    throw new OvngwError('USAGE', {
      what: `${relative(cwd, file)} is there already`,
      why: 'an inventory is never written over',
      hint: `take another name, or \`ovngw plan --site ${name}\` to use it`,
      cause,
    })
  }
  return site
}
