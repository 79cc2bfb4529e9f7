/** How long after a ConfigMap says true a wait of ours is over: the product's own waiting, a ConfigMap of the bench's, another connection. */
import { untilWatched } from '../../lib/gateway/until-watched.ts'
import { connect } from '../../lib/kube/client.ts'
import { CONFIG_MAP, type KubeObject } from '../../lib/kube/port.ts'

const REF = { namespace: 'default', name: 'ovngw-bench' }

export interface Noticing extends AsyncDisposable {
  /** Milliseconds from sending `enable-external-gw: "true"` to the end of the wait for it. */
  once(): Promise<number>
}

export async function noticing(kubeconfig: string): Promise<Noticing> {
  const [writer, reader] = await Promise.all([connect({ kubeconfig }), connect({ kubeconfig })])
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: REF, data: { 'enable-external-gw': 'false' } }
  await writer.delete(CONFIG_MAP, REF)
  await writer.create(CONFIG_MAP, body)
  const enable = (value: string): Promise<KubeObject> => writer.patch(CONFIG_MAP, REF, { data: { 'enable-external-gw': value } })
  const isTrue = (object: KubeObject | undefined): boolean => (object?.['data'] as Record<string, string> | undefined)?.['enable-external-gw'] === 'true'

  return {
    once: async () => {
      await enable('false')
      const { promise: waiting, resolve } = Promise.withResolvers<void>()
      const signal = AbortSignal.timeout(10_000)
      const watched = { resource: CONFIG_MAP, namespace: REF.namespace, fieldSelector: `metadata.name=${REF.name}` }
      const over = untilWatched({ signal, progress: () => resolve() }, reader, watched, ([now]) => (isTrue(now) ? undefined : 'not true yet'))
      await waiting
      const began = performance.now()
      await enable('true')
      await over
      return performance.now() - began
    },
    [Symbol.asyncDispose]: async () => {
      await writer.delete(CONFIG_MAP, REF)
      await Promise.all([writer.close(), reader.close()])
    },
  }
}
