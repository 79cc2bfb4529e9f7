/** A person at the lab: a desk with a terminal on it. */
import { join } from 'node:path'
import type { Desk, Moment } from '../lab/desk.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/** The cluster as it stands, but for `status.enableExternal` of the VPC, which Kube-OVN leaves true when a gateway goes (R7). */
export async function moment(desk: Desk): Promise<Moment> {
  const seen = await desk.moment()
  const vpc = seen['vpc']?.map((v) => JSON.stringify((JSON.parse(v) as { spec?: unknown }).spec))
  if (vpc === undefined) throw new Error('a moment without the VPC')
  return { ...seen, vpc }
}

export const sitAt = (desk: Desk, columns: number, env: Readonly<Record<string, string>> = {}): Promise<Terminal> =>
  openTerminal(columns, desk.dir, { KUBECONFIG: desk.kubeconfig, XDG_STATE_HOME: join(desk.dir, 'xdg'), ...env })

/** A command ended as it must, and left the terminal as it found it. */
export const orderly = (exit: number): object => ({ exit, lineAsBefore: true, cursorShown: true })
