/** A state folder of its own for every test, and short ways to make journals in it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Journal } from '../../lib/journal/file.ts'
import { thisProcess } from '../../lib/journal/process.ts'
import type { Header } from '../../lib/journal/record.ts'
import { createRun } from '../../lib/journal/store.ts'
import { type ErrorCode, isError } from '../../lib/kernel/errors.ts'

export const now = (): Date => new Date('2026-11-22T10:00:03.123Z')
export const me = thisProcess('0.1.0')
export const cluster = '5ef6-uid'
export const header: Omit<Header, 'run'> = {
  runbook: 'install',
  source: 'runbook:install',
  args: {},
  site: { name: 'lab' },
  cluster,
  context: 'lab',
  server: 'https://x',
}

/** Call once at the top of a test file. */
export function stateDir(): { readonly root: string; create(more?: Partial<Header>): Promise<Journal> } {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ovngw-journal-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))
  return {
    get root() {
      return root
    },
    create: (more = {}) => createRun(root, { ...header, ...more }, me, now),
  }
}

export const codeOf = async (run: Promise<unknown>): Promise<ErrorCode | undefined> => {
  try {
    await run
  } catch (e) {
    return isError(e) ? e.code : undefined
  }
  return undefined
}
