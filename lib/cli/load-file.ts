/**
 * A runbook of the user's own, from a TypeScript file anywhere on disk. Node strips the types itself (erasable syntax only); what the
 * file imports `from 'ovngw'` is this very program's library, not a second copy, so that errors and schemas are the same classes.
 */
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Ctx } from '../define.ts'
import { OvngwError } from '../kernel/errors.ts'
import { issuesOf } from '../kernel/issues.ts'
import type { AnyTask } from '../kernel/task.ts'
import { asRunbook } from './cmd/task.ts'
import type { AnyRunbook } from './registry.ts'

const OURS = 'ovngw:library'
const ZOD = 'ovngw:zod'
const SHARED = Symbol.for('ovngw.library')

/** Source of a module that hands on what this process has loaded already. */
const handOn = (key: string, names: readonly string[]): string =>
  [
    `const m = globalThis[Symbol.for('ovngw.library')][${JSON.stringify(key)}]`,
    ...names.map((n) => (n === 'default' ? 'export default m.default' : `export const ${n} = m.${n}`)),
  ].join('\n')

/** `ovngw` is the library; `zod` is ours only where the file's own folder has none. */
function hook(library: object, zod: object): { deregister(): void } {
  Object.defineProperty(globalThis, SHARED, { value: { [OURS]: library, [ZOD]: zod }, configurable: true })
  return registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'ovngw') return { url: OURS, shortCircuit: true }
      if (specifier !== 'zod') return next(specifier, context)
      try {
        return next(specifier, context)
      } catch {
        return { url: ZOD, shortCircuit: true }
      }
    },
    load: (url, context, next) => {
      if (url === OURS) return { format: 'module', source: handOn(OURS, Object.keys(library)), shortCircuit: true }
      if (url === ZOD) return { format: 'module', source: handOn(ZOD, Object.keys(zod)), shortCircuit: true }
      // without a package.json beside it Node would first try it as CommonJS, and warn
      const typescript = url.startsWith('file:') && url.endsWith('.ts') && (context.format ?? '').endsWith('typescript')
      return next(url, typescript ? { ...context, format: 'module-typescript' } : context)
    },
  })
}

const isRunbook = (value: unknown): value is AnyRunbook =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  'facts' in value &&
  typeof value.facts === 'function' &&
  'plan' in value &&
  typeof value.plan === 'function'

const taskOf = (value: unknown): AnyTask<Ctx> | undefined =>
  typeof value === 'function' && 'task' in value && typeof value.task === 'object' && value.task !== null ? (value.task as AnyTask<Ctx>) : undefined

/** Whose plan may give a task what it does not take: that is told as a mistake in the file, not as a bug of ours. */
const ofUser = (runbook: AnyRunbook, file: string): AnyRunbook => ({
  ...runbook,
  plan: (args, facts) => {
    try {
      return runbook.plan(args, facts)
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown
      const why = issuesOf(thrown.cause)?.map(({ path, message }) => [...path.map(String), message].join(': '))
      if (why === undefined) throw thrown
      throw new OvngwError('USAGE', { what: thrown.message, why: why.join('; '), hint: `correct ${file}, in plan`, cause: thrown })
    }
  },
})

/** The file's default export: a runbook, or a task (run as a runbook of one step). @throws OvngwError USAGE */
export async function loadRunbook(file: string, cwd: string): Promise<{ readonly runbook: AnyRunbook; readonly path: string }> {
  const path = resolve(cwd, file)
  if (!existsSync(path)) throw new OvngwError('USAGE', { what: `there is no file ${file}`, why: path === file ? undefined : `looked for ${path}` })
  const hooks = hook(await import('./library.ts'), await import('zod'))
  try {
    const loaded = ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default
    const task = taskOf(loaded)
    if (task !== undefined) return { runbook: asRunbook(task), path }
    if (isRunbook(loaded)) return { runbook: ofUser(loaded, file), path }
  } catch (cause) {
    if (cause instanceof OvngwError) throw cause
    throw new OvngwError('USAGE', { what: `cannot load ${file}`, why: cause instanceof Error ? cause.message : String(cause), cause })
  } finally {
    hooks.deregister()
  }
  throw new OvngwError('USAGE', {
    what: `${file} is no runbook`,
    why: 'its default export is not made by defineRunbook or defineTask',
    hint: "import { defineRunbook } from 'ovngw'; export default defineRunbook({ … })",
  })
}
