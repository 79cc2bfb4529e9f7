/** A YAML file a person named, for `Ctx.readYaml`. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readYaml } from '../inventory/document.ts'
import { OvngwError } from '../kernel/errors.ts'

/** @throws OvngwError USAGE: not readable, or `file:line:column: what; fix` for every YAML error */
export async function readYamlFile(path: string, cwd: string): Promise<unknown> {
  const file = resolve(cwd, path)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OvngwError('USAGE', { what: `cannot read ${path}`, why: cause instanceof Error ? cause.message : String(cause), hint: `ls -l ${file}`, cause })
  })
  const { data, broken } = readYaml(text)
  if (broken.length === 0) return data
  throw new OvngwError('USAGE', { what: `${path} is not the YAML wanted`, why: broken.map((b) => `${path}:${b.line}:${b.column}: ${b.text}`).join('\n') })
}
