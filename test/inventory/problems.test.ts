import { describe, expect, it } from 'vitest'
import { readSite } from '../../lib/inventory/parse.ts'

/** A whole, right site; each case changes lines of it. */
const GOOD = `cluster: { context: lab }
gateway:
  nodes: [gw-1, { name: gw-2, priority: 90 }]
  nic: eth1
  address: 172.56.0.100/16
  mac: 16:52:f3:13:6a:25
  nextHop: 172.56.0.1
pools:
  - name: web
    ranges: [172.56.0.200-172.56.0.239]
    reserved: { 172.56.0.222: printer, 172.56.9.9: VRRP }
  - { name: far, ranges: [203.0.113.16-203.0.113.31], onLink: false }
assignments:
  - { pod: shop/web-0, eip: 172.56.0.233, prove: tcp/443 }
  - { select: { namespace: batch }, snat: 172.56.0.201 }
accept:
  - { check: nic-mtu, reason: small frames, until: 2027-03-01 }
probe:
  outside: [{ exec: [ip, netns, exec, outside] }]
  target: [172.56.0.1]
`
/** Each problem as `|what stands at its place| text`. */
const problems = (text: string): string[] =>
  readSite(text, 'x').problems.map((p) => {
    const there = (text.split('\n')[p.line - 1] ?? '').slice(p.column - 1)
    return `|${/^[^\s:,\]}]*[^\s,\]}]*/.exec(there)?.[0] ?? ''}| ${p.text}`
  })
const change = (from: string, to: string): string => {
  if (!GOOD.includes(from)) throw new Error(`no ${from} in the site`)
  return GOOD.replace(from, to)
}

it('finds nothing wrong with a right site', () => {
  expect(problems(GOOD)).toEqual([])
})

describe('one thing wrong: its place, what, why and fix', () => {
  it.each<[string, string, string]>([
    // types and keys
    ['  nic: eth1', '  nic: 7', '|7| gateway.nic: is the number 7, text is wanted; put it in quotes: "7"'],
    ['  nic: eth1', '  nics: eth1', '|nics:| gateway.nics: is not known here; did you mean nic?'],
    ['  nic: eth1\n', '', '|gateway:| gateway.nic: is missing; add it, like nic: eth1'],
    ['  nic: eth1', '  nic:', '|nic:| gateway.nic: is missing; add it, like nic: eth1'],
    ['gateway:\n', 'gatewy:\n', '|gatewy:| gatewy: is not known here; did you mean gateway?'],
    ['cluster: { context: lab }', 'cluster: lab', '|lab| cluster: is the text "lab", a map is wanted; write it, like cluster: { context: lab }'],
    [
      'cluster: { context: lab }',
      'cluster: { xyzzy: 1 }',
      '|xyzzy:| cluster.xyzzy: is not known here; known here: context, kubeconfig, namespace, configNamespace, router, switch, network, vlan',
    ],
    ['cluster: { context: lab }', 'cluster: { vlan: 4095 }', '|4095| cluster.vlan: 4095 is out of bounds; write a number of at most 4094'],
    ['cluster: { context: lab }', 'cluster: { vlan: 0 }', '|0| cluster.vlan: 0 is out of bounds; write a number of at least 1'],
    ['cluster: { context: lab }', 'cluster: { vlan: "5" }', '|"5"| cluster.vlan: is the text "5", a number is wanted; write it, like vlan: 100'],
    [
      '  target: [172.56.0.1]',
      '  target: 172.56.0.1',
      '|172.56.0.1| probe.target: is the text "172.56.0.1", a list is wanted; write it as a list: [172.56.0.1]',
    ],
    ['ranges: [172.56.0.200-172.56.0.239]', 'ranges: []', '|[| pools[0].ranges: is an empty list; name at least one, or leave the member out'],
    ['onLink: false', 'onLink: no', '|no| pools[1].onLink: is the text "no", true or false is wanted; write it, like onLink: true'],
    [
      '  nic: eth1',
      '  type: centralised\n  nic: eth1',
      '|centralised| gateway.type: "centralised" is none of centralized, distributed; did you mean centralized?',
    ],
    // texts
    [
      '172.56.0.100/16',
      '172.56.0.100',
      '|172.56.0.100| gateway.address: "172.56.0.100" has no prefix length; write it with the length of its network, like 172.56.0.100/16',
    ],
    [
      '172.56.0.100/16',
      '172.56.0.100/33',
      '|172.56.0.100/33| gateway.address: "172.56.0.100/33" "33" is not a prefix length; write a number from 0 to 32 after the slash',
    ],
    [
      '172.56.0.100/16',
      '172.56.0.0/16',
      '|172.56.0.0/16| gateway.address: "172.56.0.0/16" is the network or broadcast address of its own network; write the address of one host in it',
    ],
    [
      '172.56.0.100/16',
      '172.56.255.255/16',
      '|172.56.255.255/16| gateway.address: "172.56.255.255/16" is the network or broadcast address of its own network; write the address of one host in it',
    ],
    [
      '172.56.0.100/16',
      'fd00::1/64',
      '|fd00::1/64| gateway.address: "fd00::1/64" is IPv6, which Kube-OVN takes and then sets up wrongly; write an IPv4 address with its prefix length',
    ],
    [
      '16:52:f3:13:6a:25',
      '01:52:f3:13:6a:25',
      '|01:52:f3:13:6a:25| gateway.mac: "01:52:f3:13:6a:25" is a multicast address; write a unicast one (first byte even), like 02:52:f3:13:6a:25',
    ],
    [
      '16:52:f3:13:6a:25',
      'ff:ff:ff:ff:ff:ff',
      '|ff:ff:ff:ff:ff:ff| gateway.mac: "ff:ff:ff:ff:ff:ff" is the broadcast address; write a unicast one (first byte even), like fe:ff:ff:ff:ff:ff',
    ],
    ['16:52:f3:13:6a:25', '1652.f313.6a25', '|1652.f313.6a25| gateway.mac: "1652.f313.6a25" is a MAC address written another way; write 16:52:f3:13:6a:25'],
    ['  nic: eth1', '  nic: a/b', '|a/b| gateway.nic: "a/b" is not the name of a network interface; write the name `ip link` shows, like eth1'],
    ['[gw-1,', '[Gw_1,', '|Gw_1| gateway.nodes[0]: "Gw_1" is not the name of a node; write it like gw-1'],
    ['[gw-1,', '[010,', '|010| gateway.nodes[0]: is the number 10, text or a map is wanted; put it in quotes: "010"'],
    ['priority: 90', 'priorty: 90', '|priorty:| gateway.nodes[1].priorty: is not known here; did you mean priority?'],
    ['priority: 90', 'priority: 9.5', '|9.5| gateway.nodes[1].priority: is the number 9.5, a whole number is wanted; write it, like priority: 100'],
    [
      '172.56.0.200-172.56.0.239',
      '172.56.0.239-172.56.0.200',
      '|172.56.0.239-172.56.0.200| pools[0].ranges[0]: "172.56.0.239-172.56.0.200" ends before it begins; write 172.56.0.200-172.56.0.239',
    ],
    [
      '172.56.0.222: printer',
      '172.56.0.022: printer',
      '|172.56.0.022:| pools[0].reserved[172.56.0.022]: "172.56.0.022" 022 has a leading zero, which some programs read as octal; write 22',
    ],
    ['shop/web-0', 'web-0', '|web-0| assignments[0].pod: "web-0" does not name a pod; write it like shop/web-0'],
    ['tcp/443', 'tcp/0', '|tcp/0| assignments[0].prove: "tcp/0" is not tcp/PORT or udp/PORT; write it like tcp/443'],
    ['2027-03-01', '2027-02-29', '|2027-02-29| accept[0].until: "2027-02-29" is no day of the calendar; write a day as YEAR-MONTH-DAY, like 2027-03-01'],
    ['2027-03-01', '1.3.2027', '|1.3.2027| accept[0].until: "1.3.2027" is not a date; write a day as YEAR-MONTH-DAY, like 2027-03-01'],
    [
      '{ exec: [ip, netns, exec, outside] }',
      '{ ssh: -oProxyCommand=x }',
      '|-oProxyCommand=x| probe.outside[0].ssh: "-oProxyCommand=x" is no ssh destination; write user@host or a Host of ~/.ssh/config; keys stay in the ssh agent',
    ],
    // between members
    [
      '172.56.0.1\npools',
      '172.57.0.1\npools',
      '|172.57.0.1| gateway.nextHop: 172.57.0.1 is not in 172.56.0.0/16, the network of gateway.address; correct the address, its prefix length or the next hop',
    ],
    [
      '172.56.0.1\npools',
      '172.56.0.100\npools',
      '|172.56.0.100| gateway.nextHop: 172.56.0.100 is gateway.address itself; write the address of the physical gateway',
    ],
    [
      '172.56.0.1\npools',
      '172.56.255.255\npools',
      '|172.56.255.255| gateway.nextHop: 172.56.255.255 is the network or broadcast address of 172.56.0.0/16; write the address of the physical gateway',
    ],
    ['name: gw-2', 'name: gw-1', '|gw-1| gateway.nodes[1].name: node gw-1 is listed twice; name each node once'],
    [
      '  nodes: [gw-1, { name: gw-2, priority: 90 }]\n',
      '',
      '|gateway:| gateway.nodes: a centralized gateway needs at least one node; add it, like nodes: [gw-1]',
    ],
    ['  nic: eth1', '  type: distributed\n  nic: eth1', '|priority:| gateway.nodes[1].priority: a distributed gateway has no priorities; leave it out'],
    ['name: far', 'name: web', '|web| pools[1].name: pool web is there twice; join their ranges, or rename one'],
    [
      '[203.0.113.16-',
      '[172.56.0.210, 203.0.113.16-',
      '|172.56.0.210| pools[1].ranges[0]: 172.56.0.210 overlaps 172.56.0.200-172.56.0.239 (pools[0].ranges[0]); give each address to one range',
    ],
    [
      '[172.56.0.200-172.56.0.239]',
      '[172.56.0.200-172.56.0.239, 172.56.0.9]',
      '|172.56.0.9| pools[0].ranges[1]: 172.56.0.9 stands after 172.56.0.200-172.56.0.239; order the ranges of a pool by address',
    ],
    [
      ', onLink: false',
      '',
      '|203.0.113.16-203.0.113.31| pools[1].ranges[0]: 203.0.113.16-203.0.113.31 is not in 172.56.0.0/16, the network of gateway.address; correct it, or say onLink: false when it is routed to the gateway',
    ],
    [
      '172.56.0.239]',
      '172.56.255.255]',
      '|172.56.0.200-172.56.255.255| pools[0].ranges[0]: 172.56.0.200-172.56.255.255 holds 172.56.255.255, which is no host of 172.56.0.0/16; leave 172.56.255.255 out',
    ],
    [
      'eip: 172.56.0.233',
      'eip: 172.56.0.1',
      '|172.56.0.1| assignments[0].eip: 172.56.0.1 is the next hop: giving it to a pod cuts off the whole network; give the pod another one',
    ],
    ['eip: 172.56.0.233', 'eip: 172.56.0.100', '|172.56.0.100| assignments[0].eip: 172.56.0.100 is the router port’s own address; give the pod another one'],
    [
      'eip: 172.56.0.233',
      'eip: 172.56.0.222',
      '|172.56.0.222| assignments[0].eip: 172.56.0.222 is reserved (pools[0].reserved[172.56.0.222]); give the pod another one',
    ],
    [
      'eip: 172.56.0.233',
      'eip: 172.56.9.9',
      '|172.56.9.9| assignments[0].eip: 172.56.9.9 is reserved (pools[0].reserved[172.56.9.9]); give the pod another one',
    ],
    [
      'eip: 172.56.0.233',
      'eip: 172.57.0.9',
      '|172.57.0.9| assignments[0].eip: 172.57.0.9 is neither in 172.56.0.0/16, the network of gateway.address, nor in a pool; correct it, or add a pool with onLink: false',
    ],
    [
      'eip: 172.56.0.233',
      'eip: 172.56.255.255',
      '|172.56.255.255| assignments[0].eip: 172.56.255.255 is the network or broadcast address of 172.56.0.0/16; give the pod another one',
    ],
    [
      'eip: 172.56.0.233',
      'eip: 172.56.0.201',
      '|172.56.0.201| assignments[1].snat: 172.56.0.201 is an EIP already (assignments[0].eip), it cannot be a SNAT too; give out another address',
    ],
    [
      'snat: 172.56.0.201',
      'snat: not-an-ip',
      '|not-an-ip| assignments[1].snat: "not-an-ip" is not an IP address; write four numbers from 0 to 255 with dots between, like 172.56.0.100',
    ],
    ['eip: 172.56.0.233', 'eip: { pool: wbe }', '|wbe| assignments[0].eip.pool: there is no pool wbe; did you mean web?'],
    [
      'eip: 172.56.0.233',
      'eip: 172.56.0.233, snat: 172.56.0.202',
      '|{| assignments[0]: has both eip and snat; write an assignment for each: an EIP is used for outbound traffic too, so the eip alone is mostly enough',
    ],
    [
      '{ pod: shop/web-0, ',
      '{ ',
      '|{| assignments[0]: says neither pod, workload nor select; add pod: NAMESPACE/NAME, workload: NAMESPACE/deployment/NAME, or select: { namespace: shop, labels: { app: api } }',
    ],
    [', snat: 172.56.0.201', '', '|{| assignments[1]: says neither eip nor snat; add eip: ADDRESS, eip: { pool: NAME } or snat: ADDRESS'],
    ['{ namespace: batch }', '{}', '|{| assignments[1].select: selects every pod of the cluster; add a namespace or labels'],
    [
      'snat: 172.56.0.201',
      'eip: 172.56.0.202',
      '|172.56.0.202| assignments[1].eip: one EIP cannot serve all selected pods; name the pod, write eip: { pool: NAME } for one address each, or snat: to share one',
    ],
    [
      '{ select: { namespace: batch }, snat: 172.56.0.201 }',
      '{ pod: shop/web-0, eip: 172.56.0.202 }',
      '|shop/web-0| assignments[1].pod: shop/web-0 has an EIP already (assignments[0]); keep one of the two',
    ],
    [
      '{ select: { namespace: batch }, snat: 172.56.0.201 }',
      '{ pod: shop/web-1, eip: 172.56.0.233 }',
      '|172.56.0.233| assignments[1].eip: 172.56.0.233 is an EIP already (assignments[0].eip); give out another address',
    ],
    [
      '{ exec: [ip, netns, exec, outside] }',
      '{}',
      '|{| probe.outside[0]: has neither exec nor ssh; write { exec: [ip, netns, exec, outside] } or { ssh: user@host }',
    ],
    [
      '{ exec: [ip, netns, exec, outside] }',
      '{ http: http://192.0.2.9:8080, ssh: ops@outside }',
      '|{| probe.outside[0]: has both http and ssh; write { exec: [ip, netns, exec, outside] } or { ssh: user@host }',
    ],
    [
      '{ exec: [ip, netns, exec, outside] }',
      '{ http: https://outside:8080 }',
      '|https://outside:8080| probe.outside[0].http: "https://outside:8080" is not where an echo listens; write http://ADDRESS:PORT, like http://192.0.2.9:8080',
    ],
    // YAML
    ['  nic: eth1', '  nic: eth1\n  nic: eth2', '|nic:| YAML: map keys must be unique; keep one of the two'],
    ['[gw-1,', '[gw-1, [', 'YAML: '],
    ['  nic: eth1', '  nic: !secret x', '|!secret| YAML: unresolved tag: !secret; write plain values, no tags'],
  ])('%j → %j', (from, to, wanted) => {
    const found = problems(change(from, to))
    if (wanted.endsWith('YAML: ')) expect(found[0]).toMatch(/^\|.*\| YAML: .+; .+/)
    else expect(found).toEqual([wanted])
  })
})

describe('what YAML makes of values', () => {
  it('keeps a MAC that YAML 1.1 would read as a number in base 60, and a date that stays text', () => {
    const { site } = readSite(change('16:52:f3:13:6a:25', '16:52:30:13:06:25'), 'x')
    expect(site?.gateway?.mac).toBe('16:52:30:13:06:25')
    expect(site?.accept[0]?.until).toBe('2027-03-01')
  })
  it('has no use for a bomb of aliases, several documents, or nothing at all', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`
    expect(problems(bomb)).toEqual([expect.stringContaining('excessive alias count')])
    expect(problems(`${GOOD}---\na: 1\n`)).toEqual([expect.stringContaining('one site a file')])
    for (const text of ['', '# only a comment\n', '~']) expect(problems(text)).toEqual([expect.stringContaining('is empty')])
    expect(problems('- a\n')).toEqual(['|-| site: is a list, a map is wanted; write it, like { cluster: { context: lab } }'])
    expect(problems('text')).toEqual([expect.stringContaining('a map is wanted')])
  })
  it('takes sections whose members are all commented out as absent', () => {
    expect(problems(`${GOOD.slice(0, GOOD.indexOf('pools:'))}pools:\nassignments:\naccept:\nprobe:\n`)).toEqual([])
  })
  it('points at the alias, not at what it stands for', () => {
    expect(problems(change('[gw-1, {', '[&n gw-1, *n, {'))).toEqual(['|*n| gateway.nodes[1]: node gw-1 is listed twice; name each node once'])
  })
})

it('never repeats a password', () => {
  const found = readSite(change('{ exec: [ip, netns, exec, outside] }', '{ ssh: "me:hunter2@host" }'), 'x').problems.map((p) => p.text)
  expect(found).toEqual([expect.stringContaining('holds a password')])
  expect(found.join()).not.toContain('hunter2')
})

it('says all problems of a file at once, in the order of its lines', () => {
  const text = GOOD.replace('16:52:f3', '01:52:f3')
    .replace('172.56.0.1\npools', '10.0.0.1\npools')
    .replace('gw-2', 'gw-1')
    .replace('context', 'contxt')
    .replace('172.56.0.239]', '172.56.0.999]')
    .replace('onLink', 'online')
  const lines = readSite(text, 'x').problems.map((p) => p.line)
  expect(lines).toEqual([1, 3, 6, 7, 10, 12, 12])
})
