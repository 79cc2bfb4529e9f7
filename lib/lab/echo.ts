/** A host that says who is calling, over HTTP, TCP and UDP: the program users run outside (`ovngw probe --echo`). */
import { fileURLToPath } from 'node:url'
import type { Proc } from './daemons.ts'
import { OUTSIDE } from './paths.ts'
import type { Lifted } from './state.ts'

export const startEcho = (lab: Pick<Lifted, 'daemon'>, { id, netns, port = OUTSIDE.port }: { id: string; netns: string; port?: number }): Promise<Proc> => {
  const program = fileURLToPath(new URL('../../templates/echo.mjs', import.meta.url))
  return lab.daemon({ id, argv: ['ip', 'netns', 'exec', netns, process.execPath, program, String(port)] })
}
