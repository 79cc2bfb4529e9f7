import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { announce as send } from '../lib/gateway/announce.ts'

const input = z.object({ addresses: z.array(z.string()).nullable().default(null).describe('NAT addresses; null: all, and the router port’s') })

/**
 * Send ARP announcements (RFC 5227): after another NIC, MAC or owner of an address, neighbours and switches would go on sending to the old
 * one (R29). Changes nothing that could be undone.
 */
export const announce = defineTask({
  name: 'announce',
  summary: 'Tell neighbours and switches outside where the router port and the external addresses are now',
  effect: 'read',
  input,
  title: ({ addresses }) =>
    `announce ${addresses === null ? 'all external addresses' : addresses.length > 4 ? `${addresses.length} addresses` : addresses.join(', ')}`,
  run: async (ctx, { addresses }, { progress }) => {
    await send(ctx, addresses ?? 'all', progress)
    return null
  },
})
