/** Practice clusters of this machine, as far as questions need to know of them. The lab's code is loaded only when one may be there. */
import { existsSync } from 'node:fs'

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
