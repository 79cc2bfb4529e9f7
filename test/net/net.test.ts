import { isIP, isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arpAnnouncement } from '../../lib/net/arp.ts'
import { BadAddress } from '../../lib/net/bad.ts'
import {
  addressesIn,
  addressOf,
  broadcast,
  contains,
  inRange,
  isHostOf,
  lastAddress,
  network,
  networkCidr,
  overlaps,
  parseCidr,
  parseNetwork,
  parseRange,
  prefixLength,
  rangeSize,
  rangesOverlap,
  showRange,
} from '../../lib/net/cidr.ts'
import { addToIp, compareIp, family, ipOf, ipValue, isHost, isLinkLocal, isLoopback, isMulticast, parseIp, parseIpv4 } from '../../lib/net/ip.ts'
import { isBroadcast, isLocal, isUnicast, localMacOf, parseMac } from '../../lib/net/mac.ts'

const bad = (run: () => unknown): BadAddress => {
  try {
    run()
  } catch (e) {
    if (e instanceof BadAddress) return e
    throw e
  }
  throw new Error('it was accepted')
}

describe('parseIp', () => {
  it.each([
    ['172.56.0.300', 'over 255'],
    ['172.56.0', '3 of 4'],
    ['172.56.0.1.2', '5 of 4'],
    ['172.56..1', 'empty number'],
    ['172.056.0.1', 'leading zero'],
    ['0x7f.0.0.1', 'not an IP'],
    ['not-an-ip', 'not an IP'],
    ['', 'empty'],
    [' 172.56.0.1', 'not an IP'],
    ['172.56.0.1\n', 'not an IP'],
    ['172.56.0.1/16', 'prefix'],
    ['fe80::1%eth0', 'zone'],
    ['1::2::3', 'more than once'],
    ['1:2:3:4:5:6:7', '7 groups'],
    ['1:2:3:4:5:6:7:8:9', '9 groups'],
    ['1:2:3:4:5:6:7:8::', '8 groups'],
    [':1:2:3:4:5:6:7', 'empty group'],
    ['12345::', '1 to 4 hex'],
    ['::1.2.3.4:5', '1 to 4 hex'],
    ['1.2.3.4::', '1 to 4 hex'],
    ['::1.2.3.400', 'over 255'],
  ])('refuses %j: %s', (text, why) => {
    const e = bad(() => parseIp(text))
    expect(e.why).toContain(why)
    expect(e.fix).not.toBe('')
    expect(e).toBeInstanceOf(RangeError)
  })

  it.each([
    ['172.56.0.100', '172.56.0.100'],
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['::', '::'],
    ['0:0:1:0:0:0:1:0', '0:0:1::1:0'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
    ['1:2:3:0:4:5:6:7', '1:2:3:0:4:5:6:7'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ])('reads %s as %s', (text, canonical) => expect(parseIp(text)).toBe(canonical))

  it('agrees with Node about what an address is', () => {
    const near = fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,24}$/))
    fc.assert(
      fc.property(near, (text) => {
        const ours = ((): number => {
          try {
            return family(parseIp(text))
          } catch (e) {
            if (e instanceof BadAddress) return 0
            throw e
          }
        })()
        expect(ours).toBe(isIP(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('writes IPv6 as the WHATWG URL serializer does', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(`[${parseIp(text)}]`).toBe(new URL(`http://[${text}]/`).hostname)
      }),
    )
  })

  it('round-trips every value in both families, keeping order', () => {
    const value = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
    for (const [fam, bits] of [
      [4, 32],
      [6, 128],
    ] as const)
      fc.assert(
        fc.property(value(bits), value(bits), (a, b) => {
          const [x, y] = [ipOf(fam, a), ipOf(fam, b)]
          expect(fam === 4 ? isIPv4(x) : isIPv6(x)).toBe(true)
          expect(ipValue(parseIp(x))).toBe(a)
          expect(Math.sign(compareIp(x, y))).toBe(a < b ? -1 : a > b ? 1 : 0)
        }),
      )
  })

  it('knows special addresses', () => {
    expect(['0.0.0.0', '127.0.0.1', '224.0.0.5', '255.255.255.255', '0.1.2.3', '::', '::1', 'ff02::1'].map((a) => isHost(parseIp(a)))).toEqual(
      Array(8).fill(false),
    )
    expect(['172.56.0.1', '223.255.255.254', 'fd00::1', 'fe80::1'].map((a) => isHost(parseIp(a)))).toEqual(Array(4).fill(true))
    expect([isLoopback(parseIp('127.9.9.9')), isMulticast(parseIp('239.1.1.1')), isLinkLocal(parseIp('fe80::5')), isLinkLocal(parseIp('169.254.1.1'))]).toEqual(
      [true, true, true, true],
    )
    expect(bad(() => parseIpv4('fd00::1')).why).toContain('IPv6')
    expect(() => addToIp(parseIp('255.255.255.255'), 1)).toThrow(RangeError)
  })
})

describe('parseCidr', () => {
  it('keeps the host part', () => {
    const c = parseCidr('172.56.0.100/16')
    expect([c, addressOf(c), prefixLength(c), network(c), broadcast(c), networkCidr(c)]).toEqual([
      '172.56.0.100/16',
      '172.56.0.100',
      16,
      '172.56.0.0',
      '172.56.255.255',
      '172.56.0.0/16',
    ])
  })

  it.each([
    ['172.56.0.100', 'no prefix'],
    ['172.56.0.100/33', 'prefix length'],
    ['172.56.0.100/016', 'prefix length'],
    ['172.56.0.100/', 'prefix length'],
    ['172.56.0.100/255.255.0.0', 'prefix length'],
    ['172.56.0.300/16', 'over 255'],
    ['fd00::/129', 'prefix length'],
  ])('refuses %s: %s', (text, why) => expect(bad(() => parseCidr(text)).message).toContain(why))

  it('tells the network from an address in it', () => expect(bad(() => parseNetwork('172.56.0.100/16')).fix).toContain('172.56.0.0/16'))

  it('gives hosts, not the network or broadcast address; a /31 has neither', () => {
    const is = (c: string, ip: string): boolean => isHostOf(parseCidr(c), parseIp(ip))
    expect([is('172.56.0.0/16', '172.56.0.0'), is('172.56.0.0/16', '172.56.255.255'), is('172.56.0.0/16', '172.57.0.1')]).toEqual([false, false, false])
    expect([is('172.56.0.0/16', '172.56.0.1'), is('10.0.0.0/31', '10.0.0.0'), is('10.0.0.0/31', '10.0.0.1'), is('10.0.0.9/32', '10.0.0.9')]).toEqual([
      true,
      true,
      true,
      true,
    ])
  })

  it('contains exactly the addresses from network to last', () => {
    const cidr = fc.tuple(fc.bigInt({ min: 0n, max: 0xffffffffn }), fc.integer({ min: 0, max: 32 })).map(([v, l]) => parseCidr(`${ipOf(4, v)}/${l}`))
    fc.assert(
      fc.property(cidr, fc.bigInt({ min: 0n, max: 0xffffffffn }), (c, v) => {
        const ip = ipOf(4, v)
        expect(contains(c, ip)).toBe(compareIp(network(c), ip) <= 0 && compareIp(ip, lastAddress(c)) <= 0)
        expect(ipValue(lastAddress(c)) - ipValue(network(c)) + 1n).toBe(2n ** BigInt(32 - prefixLength(c)))
        expect(contains(c, addressOf(c))).toBe(true)
      }),
    )
    expect(contains(parseCidr('10.0.0.0/8'), parseIp('::a00:1'))).toBe(false)
    expect([overlaps(parseCidr('10.0.0.0/8'), parseCidr('10.16.0.0/16')), overlaps(parseCidr('10.16.0.0/16'), parseCidr('10.17.0.0/16'))]).toEqual([
      true,
      false,
    ])
  })
})

describe('parseRange', () => {
  it('reads both forms, and lists', () => {
    expect([...addressesIn(parseRange('172.56.0.254-172.56.1.1'))]).toEqual(['172.56.0.254', '172.56.0.255', '172.56.1.0', '172.56.1.1'])
    expect([...addressesIn(parseRange('172.56.0.9'))]).toEqual(['172.56.0.9'])
    expect([rangeSize(parseRange('10.0.0.1-10.0.0.10')), showRange(parseRange('10.0.0.1 - 10.0.0.10'))]).toEqual([10n, '10.0.0.1-10.0.0.10'])
    expect(inRange(parseRange('10.0.0.1-10.0.0.10'), parseIp('10.0.0.11'))).toBe(false)
    expect([
      rangesOverlap(parseRange('10.0.0.1-10.0.0.5'), parseRange('10.0.0.5-10.0.0.9')),
      rangesOverlap(parseRange('10.0.0.1-10.0.0.4'), parseRange('10.0.0.5')),
    ]).toEqual([true, false])
  })

  it.each([
    ['172.56.0.239-172.56.0.200', 'write 172.56.0.200-172.56.0.239'],
    ['172.56.0.200-239', 'write 172.56.0.200-172.56.0.239'],
    ['172.56.0.200-fd00::1', 'one family'],
    ['1.1.1.1-1.1.1.2-1.1.1.3', 'FIRST-LAST'],
  ])('refuses %s: %s', (text, fix) => expect(bad(() => parseRange(text)).fix).toContain(fix))
})

describe('parseMac', () => {
  it('is canonical in lower case', () => expect(parseMac('16:52:F3:13:6A:25')).toBe('16:52:f3:13:6a:25'))

  it.each([
    ['16-52-f3-13-6a-25', 'write 16:52:f3:13:6a:25'],
    ['1652.f313.6a25', 'write 16:52:f3:13:6a:25'],
    ['16:52:f3:13:6a', 'six pairs'],
    ['16:52:f3:13:6a:2g', 'six pairs'],
    ['', 'six pairs'],
  ])('refuses %j: %s', (text, fix) => expect(bad(() => parseMac(text)).fix).toContain(fix))

  it('tells unicast, multicast, local', () => {
    expect(['16:52:f3:13:6a:25', '01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00'].map((m) => isUnicast(parseMac(m)))).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect([isLocal(parseMac('16:52:f3:13:6a:25')), isLocal(parseMac('00:1b:21:00:00:01')), isBroadcast(parseMac('FF:FF:FF:FF:FF:FF'))]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('makes local unicast addresses of any six bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const mac = localMacOf(bytes)
        expect([isUnicast(mac), isLocal(mac), parseMac(mac)]).toEqual([true, true, mac])
      }),
    )
  })
})

describe('arpAnnouncement (RFC 5227, RFC 826)', () => {
  const mac = parseMac('16:52:f3:13:6a:25')
  const address = parseIpv4('172.56.0.100')
  it('is a broadcast request whose sender and target are the announced address, padded to the shortest frame', () => {
    const head = 'ffffffffffff' + '1652f3136a25' + '0806'
    const request = '0001' + '0800' + '06' + '04' + '0001'
    const body = '1652f3136a25' + 'ac380064' + '000000000000' + 'ac380064'
    expect(arpAnnouncement({ mac, address, vlan: 0 })).toBe((head + request + body).padEnd(120, '0'))
  })
  it('carries the tag of the localnet (802.1Q)', () => expect(arpAnnouncement({ mac, address, vlan: 100 })).toMatch(/^ffffffffffff1652f3136a25810000640806/))
})
