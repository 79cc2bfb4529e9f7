import { describe, expect, test } from 'vitest'
import { type Screen, storyListener } from '../../lib/report/story.ts'
import { widthOf } from '../../lib/report/style.ts'
import { at, BROKEN, HAPPY, RUN } from './events.ts'

/** A screen that keeps what stays, and the rows of every board. It refuses text printed over a live board. */
const paper = (width: number): { screen: Screen; kept: () => string; boards: string[][] } => {
  const [kept, boards]: [string[], string[][]] = [[], []]
  let live = false
  return {
    kept: () => kept.join(''),
    boards,
    screen: {
      width: () => width,
      color: false,
      open: (_label, titles) => {
        live = true
        boards.push([...titles])
      },
      say: () => undefined,
      end: () => undefined,
      wipe: () => {
        live = false
      },
      print: (text) => {
        if (live) throw new Error('printed over a live board')
        kept.push(text)
      },
      idle: async () => undefined,
    },
  }
}

const tell = async (events: typeof HAPPY, width = 120): Promise<{ kept: string; boards: string[][] }> => {
  const p = paper(width)
  const story = storyListener(p.screen, { verbose: false })
  for (const [ms, e] of events) {
    if (e.ev === 'step-started' && e.phase === 'before') await story.settle()
    story.on(e, at(ms))
  }
  await story.close()
  return { kept: p.kept(), boards: p.boards }
}

describe('a run on a terminal', () => {
  test('looks as the product page shows it: preflight, plan, apply, verify, how to undo', async () => {
    const { kept } = await tell(HAPPY.filter(([, e]) => e.ev !== 'note'))
    expect(kept).toBe(
      ` preflight   ✔ 2 checks, 0 failed, 1 warning
   ⚠ nic-mtu  gw-1/eth1: eth1 has MTU 1500, pods use 1400: fine; jumbo frames from outside will be dropped
 plan        create ConfigMap kube-system/ovn-external-gw-config
               +external-gw-nic: eth1
               +nic-ip: 172.56.0.100/16
             effect: gw-1’s eth1 leaves the host and joins br-external; nothing else changes
 apply       ✔ ConfigMap  ✔ label on gw-1 (0.8\u00a0s)  ✔ br-external (3.0\u00a0s)
 verify      ✔ as wanted
 done in 5.3 s · run ${RUN} · undo with: ovngw rollback ${RUN}
`,
    )
  })

  test('what cannot be put back is told with why, what is left, and what to type', async () => {
    const { kept } = await tell(BROKEN)
    const lines = kept.split('\n').map((l) => l.trim())
    expect(lines).toContain('apply       ✔ ConfigMap  ✖ label on gw-1 (60.0\u00a0s)')
    expect(lines).toContain('failed      label on gw-1 not finished within 60 s: last seen: the controller has not set the label yet')
    expect(lines).toContain('undo        ✔ ConfigMap (0.9\u00a0s)')
    expect(lines).toContain('restored    ✖ 1 check, 1 failed')
    expect(lines).toContain('left        ✖ as-before holds (gw-1): label ovn.kubernetes.io/external-gw is still there')
    expect(kept).toContain(`ovngw rollback ${RUN}`)
  })

  test('before the go-ahead only what reads is live; afterwards the steps that come', async () => {
    const { boards } = await tell(HAPPY)
    expect(boards[0]).toEqual(['looking at the cluster'])
    expect(boards[1]).toEqual(['preflight'])
    expect(boards).toContainEqual(['ConfigMap', 'label on gw-1', 'br-external', 'verify'])
  })

  test.each([80, 120])('nothing is wider than %i columns', async (width) => {
    for (const events of [HAPPY, BROKEN]) {
      const { kept } = await tell(events, width)
      expect(kept.split('\n').filter((l) => widthOf(l) > width)).toEqual([])
    }
  })
})
