/** What a lab's API server was asked, by its audit log. */
import { readFile, stat } from 'node:fs/promises'
import type { Lab } from '../../lib/lab/index.ts'

export interface AuditLine {
  readonly stage: string
  readonly verb: string
  readonly user: { readonly username: string }
  readonly userAgent?: string
  readonly requestURI: string
  readonly objectRef?: { readonly resource: string; readonly name?: string; readonly subresource?: string }
  readonly responseStatus?: { readonly code?: number }
}

type Log = Pick<Lab, 'auditLog'>

/** Bytes it has now: where to read from later. */
export const auditSize = async ({ auditLog }: Log): Promise<number> => (await stat(auditLog)).size

/** Whole lines from that byte on, and the byte after them. */
export async function auditFrom({ auditLog }: Log, from: number): Promise<{ readonly lines: readonly AuditLine[]; readonly end: number }> {
  const log = await readFile(auditLog)
  const end = Math.max(from, log.lastIndexOf('\n') + 1)
  const text = log.subarray(from, end).toString('utf8').trimEnd()
  return { lines: text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as AuditLine), end }
}
