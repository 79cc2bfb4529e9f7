/** The Kube port where there is no Kubernetes: every question is answered "could not look", never with an empty list. */
import { OvngwError } from '../kernel/errors.ts'
import type { Kube } from './port.ts'

export function noKube(why: string): Kube {
  const refuse = (): OvngwError => new OvngwError('UNREACHABLE', { what: 'this needs the Kubernetes API', why, hint: 'the same command without --local' })
  const never = async (): Promise<never> => {
    throw refuse()
  }
  return {
    where: { context: 'local', server: 'none', user: 'none' },
    get: never,
    find: never,
    list: never,
    watch: () => {
      throw refuse()
    },
    create: never,
    replace: never,
    apply: never,
    patch: never,
    delete: never,
    logs: never,
    exec: () => ({ where: 'no pod', run: never }),
    close: async () => undefined,
  }
}
