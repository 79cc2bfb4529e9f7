/** Questions without a terminal: rows of a list, what the wizard refuses and proposes, which site is meant. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { App } from '../../lib/cli/app.ts'
import { sitesHere, withSite } from '../../lib/cli/choose-site.ts'
import { globalsOf } from '../../lib/cli/globals.ts'
import { rowsOf } from '../../lib/cli/prompts.ts'
import { type Ask, BACK, type Choice } from '../../lib/cli/question.ts'
import { candidates, freshMac, judgeNextHop } from '../../lib/cli/wizard-network.ts'
import { parseCidr } from '../../lib/net/cidr.ts'
import { isLocal, isUnicast, parseMac } from '../../lib/net/mac.ts'
import { widthOf } from '../../lib/report/style.ts'

describe('rows of a list', () => {
  const word = fc.stringMatching(/^[a-z0-9./-]{1,12}$/)
  const choice = fc.record({
    value: fc.integer(),
    label: word,
    hint: fc.array(word, { maxLength: 20 }).map((w) => w.join(' ')),
    disabled: fc.option(word, { nil: undefined }),
  })

  test('no line is wider than the screen: a wrapped one would make the list jump', () => {
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 8 }), fc.constantFrom(80, 120), (choices, width) => {
        for (const { message, hint } of rowsOf(choices, width)) for (const line of `  ${message} ${hint}`.split('\n')) expect(widthOf(line)).toBeLessThan(width)
      }),
    )
  })

  test('why a row cannot be chosen is said, without control codes of the cluster', () => {
    const [row] = rowsOf([{ value: 1, label: 'eth0', disabled: 'carries\u001b[2J the tunnel' }], 80)
    expect(row).toMatchObject({ disabled: true, hint: '✖ carries\ufffd[2J the tunnel' })
  })
})

describe('the router of the outside network', () => {
  test.each([
    ['172.56.0.1/16', true],
    ['172.56.0.1', 'add the prefix length of its network, like 172.56.0.1/24'],
    ['', 'add the prefix length of its network, like 192.0.2.1/24'],
    ['172.56.0.0/16', '172.56.0.0 is the address of the network 172.56.0.0/16 itself'],
    ['172.56.255.255/16', '172.56.255.255 is the broadcast address of 172.56.0.0/16'],
    ['fd00::1/64', 'an IPv4 address is wanted: the gateway serves IPv4 only'],
  ])('%s', (text, verdict) => {
    expect(judgeNextHop(text)).toBe(verdict)
  })

  test('the gateway’s own address is sought beside it: .100 first, inside its network', () => {
    const firstOf = (hop: string): string | undefined => candidates(parseCidr(hop)).next().value ?? undefined
    expect(firstOf('172.56.0.1/16')).toBe('172.56.0.100')
    expect(firstOf('172.56.7.1/16')).toBe('172.56.7.100')
    expect(firstOf('192.0.2.254/24')).toBe('192.0.2.100')
    expect(new Set(candidates(parseCidr('192.0.2.1/24'))).size, 'each once').toBe(254)
  })

  test('a MAC is made up that is unicast, locally administered and nobody’s', () => {
    const taken = { mac: '16:52:f3:13:6a:25', who: 'eth1' }
    const mac = parseMac(freshMac([taken]))
    expect([isUnicast(mac), isLocal(mac), mac === taken.mac]).toEqual([true, true, false])
  })
})

describe('which site', () => {
  const site = (context: string, more: object = {}): string =>
    JSON.stringify({
      cluster: { context, ...more },
      gateway: { type: 'centralized', nodes: ['n'], nic: 'eth1', address: '192.0.2.9/24', nextHop: '192.0.2.1' },
    })
  const folder = (files: Readonly<Record<string, string>>): string => {
    const cwd = mkdtempSync(join(tmpdir(), 'ovngw-sites-'))
    mkdirSync(join(cwd, 'inventory'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'inventory', `${name}.yaml`), text)
    return cwd
  }
  const person = (cwd: string, answer: (rows: readonly Choice<unknown>[]) => unknown): { app: App; asked: string[][] } => {
    const asked: string[][] = []
    const select = async (_question: string, rows: readonly Choice<unknown>[]): Promise<unknown> => {
      asked.push(rows.map((r) => r.label))
      return answer(rows)
    }
    return { asked, app: { cwd, interactive: true, ask: async () => ({ select }) as unknown as Ask } as unknown as App }
  }
  const nobody = (): never => {
    throw new Error('nothing is to be asked')
  }

  test('a site whose kubeconfig is not on this machine is none; one with mistakes is one', async () => {
    const cwd = folder({ example: site('a'), gone: site('b', { kubeconfig: '/nowhere/kubeconfig' }), wrong: '{', here: site('c') })
    expect((await sitesHere(cwd)).map((s) => s.name)).toEqual(['here', 'wrong'])
  })

  test('the only one is taken without a word', async () => {
    const { app } = person(folder({ one: site('a') }), nobody)
    expect(await withSite(app, globalsOf({}), 'assign')).toMatchObject({ site: 'one' })
  })

  test('of several one is asked for, and install offers to make another', async () => {
    const cwd = folder({ one: site('a'), two: site('b') })
    const { app, asked } = person(cwd, (rows) => rows[1]?.value)
    expect(await withSite(app, globalsOf({}), 'assign')).toMatchObject({ site: 'two' })
    expect(asked).toEqual([['one', 'two']])
    const other = person(cwd, () => BACK)
    expect(await withSite(other.app, globalsOf({}), 'install'), 'turned back').toBeUndefined()
    expect(other.asked).toEqual([['one', 'two', 'another one']])
  })

  test('nothing is asked of a pipeline, of --yes, and where the site or the cluster is named', async () => {
    const cwd = folder({ one: site('a'), two: site('b') })
    const { app } = person(cwd, nobody)
    for (const given of [globalsOf({ yes: true }), globalsOf({ site: 'two' }), globalsOf({ context: 'c' }), globalsOf({ output: 'json' })])
      expect(await withSite(app, given, 'install')).toEqual(given)
    expect(await withSite({ ...app, interactive: false }, globalsOf({}), 'install')).toEqual(globalsOf({}))
  })
})
