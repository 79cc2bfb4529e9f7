/** How long after a ConfigMap's write was answered a watch of ours has it in hand: a ConfigMap of the bench's own, another connection. */
import { connect } from '../../lib/kube/client.ts'
import { CONFIG_MAP, type KubeObject } from '../../lib/kube/port.ts'

const REF = { namespace: 'default', name: 'ovngw-bench' }

export interface Noticing extends AsyncDisposable {
  /** Milliseconds from sending `enable-external-gw: "true"` to the watcher's event. */
  once(): Promise<number>
}

export async function noticing(kubeconfig: string): Promise<Noticing> {
  const [writer, reader] = await Promise.all([connect({ kubeconfig }), connect({ kubeconfig })])
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: REF, data: { 'enable-external-gw': 'false' } }
  await writer.delete(CONFIG_MAP, REF)
  await writer.create(CONFIG_MAP, body)
  const stop = new AbortController()
  const events = reader.watch(CONFIG_MAP, { namespace: REF.namespace, fieldSelector: `metadata.name=${REF.name}`, signal: stop.signal })[Symbol.asyncIterator]()

  const enable = (value: string): Promise<KubeObject> => writer.patch(CONFIG_MAP, REF, { data: { 'enable-external-gw': value } })
  const seen = async (value: string): Promise<void> => {
    for (;;) {
      const { done, value: event } = await events.next()
      if (done) throw new Error('the watch ended')
      const data = event.object['data'] as Record<string, string> | undefined
      if (data?.['enable-external-gw'] === value) return
    }
  }

  return {
    once: async () => {
      await Promise.all([seen('false'), enable('false')])
      const began = performance.now()
      await Promise.all([seen('true'), enable('true')])
      return performance.now() - began
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await events.return?.()
      await writer.delete(CONFIG_MAP, REF)
      await Promise.all([writer.close(), reader.close()])
    },
  }
}
