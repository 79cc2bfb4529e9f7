import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { MEMORY_NAME } from '../lib/gateway/names.ts'
import { CONFIG_MAP } from '../lib/kube/port.ts'

const data = z.record(z.string(), z.string())
const input = z.object({ namespace: z.string(), data: data.describe('a key a pool, each a JSON object address → pod or workload') })

type Data = Readonly<Record<string, string>>

const read = async ({ kube, signal }: Ctx, namespace: string): Promise<Data | null> => {
  const found = await kube.find(CONFIG_MAP, { namespace, name: MEMORY_NAME }, { signal })
  return found === undefined ? null : ((found['data'] ?? {}) as Data)
}

async function write({ kube, signal }: Ctx, namespace: string, wanted: Data | null): Promise<void> {
  const ref = { namespace, name: MEMORY_NAME }
  const now = await kube.find(CONFIG_MAP, ref, { signal })
  if (wanted === null) return kube.delete(CONFIG_MAP, ref, { signal })
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, data: wanted }
  await (now === undefined ? kube.create(CONFIG_MAP, object, { signal }) : kube.replace(CONFIG_MAP, object, { signal }))
}

const same = (a: Data | null, b: Data): boolean =>
  a !== null && Object.keys(a).length === Object.keys(b).length && Object.entries(b).every(([k, v]) => a[k] === v)

/** Write which address of a pool is whose, before anybody gets it: the next pod of that name or workload gets it back. */
export const rememberAddresses = defineTask({
  name: 'remember-addresses',
  summary: 'Remember in the cluster which address of a pool is whose',
  effect: 'write',
  input,
  title: () => 'remember which address is whose',
  before: async (ctx, { namespace }) => read(ctx, namespace),
  apply: async (ctx, i) => {
    await write(ctx, i.namespace, i.data)
    return null
  },
  undo: (ctx, { namespace }, before) => write(ctx, namespace, before),
  holds: async (ctx, i) => same(await read(ctx, i.namespace), i.data),
})
