/** The way to a cluster. client-node, undici and all the rest are loaded by `connect`: a command that needs no cluster does not pay for them. */
import { OvngwError } from '../kernel/errors.ts'
import type { ConnectOptions } from './config.ts'
import type { Kube } from './port.ts'

export type { ConnectOptions } from './config.ts'

/**
 * Reads the kubeconfig and prepares connections; nothing is sent yet.
 * @throws OvngwError USAGE (no kubeconfig, unknown context, groups without a user)
 */
export async function connect(options: ConnectOptions = {}): Promise<Kube> {
  if (options.as === undefined && options.asGroups !== undefined && options.asGroups.length > 0) {
    throw new OvngwError('USAGE', { what: '--as-group needs --as', why: 'a group is impersonated together with a user', hint: 'add --as USER' })
  }
  const [{ openSession }, { Client }] = await Promise.all([import('./session.ts'), import('./rest.ts')])
  return new Client(openSession(options, process.env))
}
