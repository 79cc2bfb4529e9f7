import { type Ctx, defineCheck, fail, pass } from '../../lib/define.ts'
import { carrier } from '../../lib/gateway/moving.ts'
import { pause } from '../../lib/gateway/pause.ts'

const TRIES = 20
const PAUSE_MS = 500

/** Who carries it, asked again for some seconds while that is somebody else: a priority takes a moment to be followed. */
async function settled(ctx: Ctx, port: string, chassis: string): Promise<string | undefined> {
  let now = await carrier(ctx, port)
  for (let n = 1; n < TRIES && now !== chassis; n++) {
    await pause(PAUSE_MS, ctx.signal)
    now = await carrier(ctx, port)
  }
  return now
}

export const carrierAsBefore = defineCheck<{ readonly port: string; readonly chassis: string }>({
  id: 'carrier-as-before',
  group: 'gateway',
  title: 'the chassis that carried the gateway carries it again',
  level: 'fatal',
  reads: 'SB table Port_Binding (the chassisredirect port), Chassis',
  why: 'priorities in NB are a wish: packets go where the port is bound',
  mend: 'ovn-controller of that node claims the port: `ovngw check node-chassis ovn-follows`, then `ovngw rollback RUN` again',
  run: async (ctx, { port, chassis }) => {
    const now = await settled(ctx, port, chassis)
    return now === chassis ? pass(`cr-${port} is on ${chassis}`) : fail(`cr-${port} is on ${now ?? 'no chassis'}, was on ${chassis}`)
  },
})
