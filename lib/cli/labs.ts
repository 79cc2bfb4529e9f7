/** Practice clusters of this machine, as far as questions need to know of them. The lab's code is loaded only when one may be there. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { App } from './app.ts'
import type { Globals } from './globals.ts'

const ROOT = '/run/ovngw-lab'

export interface LabHere {
  readonly name: string
  readonly phase: string
  readonly kubeconfig: string
  readonly server: string | undefined
}

export async function labsHere(): Promise<readonly LabHere[]> {
  if (!existsSync(ROOT)) return []
  const { labStatus, listLabs } = await import('../lab/index.ts')
  return Promise.all((await listLabs()).map(labStatus))
}

/** Name of the practice cluster whose API server this is. */
export const labAt = async (server: string): Promise<string | undefined> => (await labsHere()).find((l) => l.server === server)?.name

/** Where nothing says which cluster (no site, no flag, no kubeconfig), the practice cluster is the one there is. */
export async function orLab({ env }: App, globals: Globals): Promise<Globals> {
  const said = globals.site ?? globals.context ?? globals.kubeconfig ?? env['KUBECONFIG'] ?? env['KUBERNETES_SERVICE_HOST'] ?? ''
  if (said !== '' || existsSync(join(env['HOME'] ?? homedir(), '.kube', 'config'))) return globals
  const up = (await labsHere()).filter((l) => l.phase === 'up')
  const lab = up.find((l) => l.name === 'lab') ?? (up.length === 1 ? up[0] : undefined)
  return lab === undefined ? globals : { ...globals, kubeconfig: lab.kubeconfig }
}
