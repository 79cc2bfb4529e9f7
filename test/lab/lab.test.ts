import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { type Kube, NODE, POD, VPC } from '../../lib/kube/port.ts'
import { type Lab, labDown, labStatus, labUp, openLab } from '../../lib/lab/index.ts'
import { type Output, type Runner, read, write } from '../../lib/proc/command.ts'
import { until } from '../standin/world.ts'
import { auditFrom, auditSize } from './audit.ts'

const HOSTILE = ['', ' ', 'a b', '$(touch /tmp/pwned)', '`id`', "it's", '"', '\\', '*', '-n', '--', 'x;y', 'ä€😀', 'two\nlines', '%s', '!']
const quiet = (): void => undefined

const ask = async (runner: Runner, bin: string, ...args: string[]): Promise<string> => {
  const out: Output = await runner.run(read(bin, ...args))
  expect(out, `${bin} ${args.join(' ')}: ${out.stderr}`).toMatchObject({ code: 0 })
  return out.stdout
}

describe('the shared lab', () => {
  let lab: Lab
  let kube: Kube
  beforeAll(async () => {
    lab = await openLab(inject('lab'))
    kube = await connect({ kubeconfig: lab.kubeconfig })
  })
  afterAll(async () => {
    await kube.close()
    lab.close()
  })
  const container = (pod: string, name: string): Runner => kube.exec({ namespace: 'kube-system', pod, container: name })

  test('a second up finds everything there and starts nothing', async () => {
    const { processes } = await labStatus(lab.name)
    const lines: string[] = []
    ;(await labUp({ name: lab.name }, (line) => lines.push(line))).close()
    expect(lines).toEqual([`lab ${lab.name} is up already`])
    expect((await labStatus(lab.name)).processes).toEqual(processes)
  })

  test('up with another profile refuses and says what to do', async () => {
    await expect(labUp({ name: lab.name, profile: 'v1.5' }, quiet)).rejects.toMatchObject({ code: 'USAGE', hint: `ovngw lab down --name ${lab.name}` })
  })

  test('the server is Kubernetes with two Ready nodes and the running pods of Kube-OVN', async () => {
    const nodes = (await kube.list(NODE)).items
    expect(nodes.map((n) => [n.metadata.name, n.metadata.annotations?.['ovn.kubernetes.io/chassis']])).toEqual([
      ['node1', 'node1-chassis'],
      ['node2', 'node2-chassis'],
    ])
    const central = (await kube.list(POD, { namespace: 'kube-system', labelSelector: 'ovn-nb-leader=true' })).items
    expect(central.map((p) => [p.metadata.name, (p['status'] as { phase: string }).phase])).toEqual([['ovn-central-0', 'Running']])
    expect((await kube.get(VPC, { name: 'ovn-cluster' }))['status']).toMatchObject({ default: true, router: 'ovn-cluster' })
  })

  test('exec reaches the switch of the node its pod is on', async () => {
    for (const node of lab.nodes) {
      const id = await ask(container(`ovs-ovn-${node}`, 'openvswitch'), 'ovs-vsctl', 'get', 'Open_vSwitch', '.', 'external_ids:system-id')
      expect(id.trim().replaceAll('"', '')).toBe(`${node}-chassis`)
    }
    const links = JSON.parse(await ask(container('ovs-ovn-node1', 'openvswitch'), 'ip', '-j', 'link')) as { ifname: string; operstate: string }[]
    expect(links.find((l) => l.ifname === 'eth2')).toMatchObject({ operstate: 'DOWN' })
  })

  test('exec carries hostile arguments to the tool one by one', async () => {
    const out = await ask(container('ovn-central-0', 'ovn-central'), 'printf', '[%s]', ...HOSTILE)
    expect(out).toBe(HOSTILE.map((a) => `[${a}]`).join(''))
    expect(existsSync('/tmp/pwned')).toBe(false)
  })

  test('exec brings back the exit code and stderr, and passes stdin to its end', async () => {
    const runner = container('kube-ovn-cni-node1', 'cni-server')
    expect(await runner.run(read('sh', '-c', 'echo out; echo err >&2; exit 7'))).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 7 })
    expect(await runner.run(read('cat'), { stdin: 'one\ntwo\n' })).toEqual({ stdout: 'one\ntwo\n', stderr: '', code: 0 })
  })

  test('every request is in the audit log with its user, verb and answer', async () => {
    await kube.find(POD, { namespace: 'kube-system', name: 'nobody-asked-before' })
    const line =
      readFileSync(lab.auditLog, 'utf8')
        .split('\n')
        .find((l) => l.includes('nobody-asked-before')) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({ verb: 'get', user: { username: 'admin' }, objectRef: { resource: 'pods' }, responseStatus: { code: 404 } })
  })

  test('a pod that ends takes no other of its name with it: KWOK, which deletes by name, acts once on a deletion with grace and never on one without', async () => {
    const before = await lab.snapshot()
    const from = await auditSize(lab)
    /** Without a network, which would outlive it. */
    const withGrace = async (name: string): Promise<void> => {
      const spec = { nodeName: 'node1', tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'none' }] }
      await kube.create(POD, { metadata: { namespace: 'default', name }, spec })
      await kube.delete(POD, { namespace: 'default', name })
      await until(`the end of ${name}`, async () => ((await kube.find(POD, { namespace: 'default', name })) ? undefined : true))
    }
    try {
      await lab.addPod({ name: 'at-once', node: 'node1' })
      await lab.deletePod('default', 'at-once')
      await withGrace('first')
      await withGrace('last') // KWOK has seen what came before
      const { lines } = await auditFrom(lab, from)
      const byKwok = lines.filter(({ userAgent, verb }) => userAgent?.startsWith('kwok') && verb === 'delete')
      expect(byKwok.map(({ objectRef }) => objectRef?.name)).toEqual(['first', 'last'])
    } finally {
      await lab.restore(before)
    }
  })

  test('a user without a role may nothing', async () => {
    const guest = await connect({ kubeconfig: await lab.userKubeconfig('guest', ['interns']) })
    try {
      await expect(guest.list(NODE)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    } finally {
      await guest.close()
    }
  })

  test('pods on two nodes reach each other through the tunnel, and a restore makes them as if they had never been', async () => {
    const before = await lab.snapshot()
    const [a, b] = [await lab.addPod({ name: 'a', node: 'node1' }), await lab.addPod({ name: 'b', node: 'node2' })]
    expect(await ask(lab.podRunner('default', 'a'), 'ping', '-c1', '-W2', b.ip)).toContain('1 received')
    expect(await ask(lab.podRunner('default', 'b'), 'curl', '-s', '--max-time', '3', `http://${a.ip}:8080/`)).toMatch(new RegExp(`^${b.ip} \\d+\\n$`))
    const kubectlStyle = await ask(kube.exec({ namespace: 'default', pod: 'a', container: 'c' }), 'ip', '-br', 'addr', 'show', 'dev', 'eth0')
    expect(kubectlStyle).toContain(`${a.ip}/16`)
    const both = await lab.snapshot()
    await lab.deletePod('default', 'b')
    expect((await lab.pods()).map((p) => p.name)).toEqual(['a'])
    await lab.restore(both)
    expect(await ask(lab.podRunner('default', 'a'), 'curl', '-s', '--max-time', '3', `http://${b.ip}:8080/`)).toMatch(new RegExp(`^${a.ip} `))
    await lab.restore(before)
    expect(await lab.pods()).toEqual([])
    expect(await lab.snapshot()).toEqual(before)
    expect(readdirSync('/run/netns').filter((n) => n.startsWith(`${lab.name}-pod`))).toEqual([])
  })

  test('a restore brings back a bridge somebody deleted, with the node address on it', async () => {
    const before = await lab.snapshot()
    const node = lab.nodeRunner('node2')
    await node.run(write('ovs-vsctl', 'del-br', 'br-phy'))
    expect(await ask(node, 'ovs-vsctl', 'list-br')).toBe('br-int\n')
    await lab.restore(before)
    expect(await ask(lab.nodeRunner('node1'), 'ping', '-c1', '-W2', '10.250.0.12')).toContain('1 received')
    expect(await lab.snapshot()).toEqual(before)
  })

  test('up starts again what died', async () => {
    const { pid } = (await labStatus(lab.name)).processes.find(({ id }) => id === 'node2.vswitchd') ?? { pid: 0 }
    process.kill(pid, 'SIGKILL')
    await expect.poll(async () => (await labStatus(lab.name)).phase).toBe('broken')
    const lines: string[] = []
    ;(await labUp({ name: lab.name }, (line) => lines.push(line))).close()
    expect(lines).toEqual([`lab ${lab.name} is up again: started node2.vswitchd`])
    expect((await labStatus(lab.name)).phase).toBe('up')
    expect(await ask(lab.nodeRunner('node1'), 'ping', '-c1', '-W2', '10.250.0.12')).toContain('1 received')
  })
})

describe('a lab of its own', () => {
  const name = `x${process.pid}`
  const trace = (): string[] => [
    ...(existsSync(`/run/ovngw-lab/${name}`) ? ['folder'] : []),
    ...readdirSync('/run/netns').filter((n) => n.startsWith(`${name}-`)),
    ...readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environOf(pid).includes(`OVNGW_LAB=${name}`)),
  ]
  const environOf = (pid: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    } catch {
      return [] // ended meanwhile
    }
  }
  const hostLinks = (): string => execFileSync('ip', ['-br', 'link'], { encoding: 'utf8' })
  afterAll(async () => {
    await labDown(name, quiet)
  })

  test('stands beside the other and leaves nothing behind', async () => {
    const links = hostLinks()
    const lab = await labUp({ name, nodes: 1, profile: 'v1.5' }, quiet)
    expect(await ask(lab.outsideRunner(), 'ping', '-c1', '-W2', '172.56.0.1')).toContain('1 received')
    expect(trace().length).toBeGreaterThan(10)
    expect(hostLinks()).toBe(links)
    lab.close()
    expect(await labDown(name, quiet)).toBe(true)
    expect(trace()).toEqual([])
    expect(hostLinks()).toBe(links)
    expect(await labStatus(name)).toMatchObject({ phase: 'down', processes: [], namespaces: [] })
    expect(await labDown(name, quiet)).toBe(false)
  })

  test('an up that is cancelled half way takes away what it made', async () => {
    const stop = new AbortController()
    const lines: string[] = []
    const up = labUp(
      { name },
      (line) => {
        lines.push(line)
        if (line.includes('OVN, OVS and the wires are there')) stop.abort()
      },
      stop.signal,
    )
    await expect(up).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(lines.at(-1)).toBe(`lab ${name} did not come up, taking it away`)
    expect(trace()).toEqual([])
  })

  test('two at once: the second is told so', async () => {
    const stop = new AbortController()
    const first = labUp({ name, only: 'api' }, quiet, stop.signal)
    await expect.poll(() => existsSync(`/run/ovngw-lab/${name}/lock`)).toBe(true)
    await expect(labUp({ name, only: 'api' }, quiet)).rejects.toMatchObject({ code: 'LOCKED' })
    await expect(labDown(name, quiet)).rejects.toMatchObject({ code: 'LOCKED' })
    stop.abort()
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('a name that could be mistaken is refused before anything is made', async () => {
    for (const bad of ['', 'A', '1a', 'a-b', '../x', 'a b', 'a'.repeat(17)])
      await expect(labUp({ name: bad }, quiet)).rejects.toMatchObject({ code: 'USAGE', exit: 2 })
  })
})
