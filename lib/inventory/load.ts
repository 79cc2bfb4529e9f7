/** Site files on disk. The one place of lib/inventory that reads files. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { OvngwError } from '../kernel/errors.ts'
import { parseSite } from './parse.ts'
import { nearest } from './problem.ts'
import type { Site } from './site.ts'

const FOLDER = 'inventory'

/**
 * The site called `nameOrPath`: a name means inventory/NAME.yaml (or .yml) under `cwd`, anything with a slash or an ending is a path.
 * @throws OvngwError INVENTORY: not there (the sites that are, and how to make one), not readable, or wrong (every problem).
 */
export async function loadSite(nameOrPath: string, { cwd }: { readonly cwd: string }): Promise<Site> {
  const isPath = nameOrPath.includes('/') || /\.ya?ml$/.test(nameOrPath)
  const candidates = isPath ? [nameOrPath] : [join(FOLDER, `${nameOrPath}.yaml`), join(FOLDER, `${nameOrPath}.yml`)]
  for (const candidate of candidates) {
    const file = resolve(cwd, candidate)
    const text = await readText(file)
    if (text !== undefined) return parseSite(text, file, shownFrom(cwd, file))
  }
  throw await notThere(nameOrPath, isPath, cwd)
}

/** Names of the sites under `cwd`, sorted. */
export async function listSites(cwd: string): Promise<readonly string[]> {
  const files = await readdir(join(cwd, FOLDER)).catch(() => [])
  return files
    .filter((f) => /\.ya?ml$/.test(f) && f !== 'example.yaml')
    .map((f) => f.replace(/\.ya?ml$/, ''))
    .sort()
}

/** Every site under `cwd` that has no mistakes: one that has is told when it is used. */
export async function loadSites(cwd: string): Promise<readonly Site[]> {
  const all = await Promise.all((await listSites(cwd)).map((name) => loadSite(name, { cwd }).catch(() => undefined)))
  return all.filter((site) => site !== undefined)
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    const why = code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'permission denied' : String(thrown)
    throw new OvngwError('INVENTORY', { what: `cannot read ${file}`, why, hint: `ls -ld ${file}`, cause: thrown })
  }
}

const shownFrom = (cwd: string, file: string): string => {
  const path = relative(cwd, file)
  return path.startsWith('..') ? file : path
}

async function notThere(name: string, isPath: boolean, cwd: string): Promise<OvngwError> {
  const sites = await listSites(cwd)
  const guess = nearest(name, sites)
  const there = sites.length === 0 ? `no site in ${join(cwd, FOLDER)}` : `sites in ${join(cwd, FOLDER)}: ${sites.join(', ')}`
  const make = isPath ? 'copy inventory/example.yaml there' : `copy inventory/example.yaml to inventory/${name}.yaml`
  return new OvngwError('INVENTORY', {
    what: `there is no site ${name}`,
    why: there,
    hint: guess === undefined ? `\`ovngw install\` at a terminal makes one; or ${make} and edit it` : `did you mean --site ${guess}?`,
  })
}
