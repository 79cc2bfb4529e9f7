/** Real ovsdb-servers with the real schemas in a folder of their own: the Northbound and Southbound databases, and one OVS a node. No root needed. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import type { Listing } from '../../lib/ovn/parse.ts'
import { until } from './world.ts'

const exec = promisify(execFile)
const SCHEMAS = {
  nb: '/usr/share/ovn/ovn-nb.ovsschema',
  sb: '/usr/share/ovn/ovn-sb.ovsschema',
  ovs: '/usr/share/openvswitch/vswitch.ovsschema',
}

export interface Databases {
  readonly dir: string
  readonly nbSocket: string
  readonly sbSocket: string
  /** Folder of a node's db.sock. */
  readonly ovsRundir: (node: string) => string
  nbctl(...args: string[]): Promise<string>
  sbctl(...args: string[]): Promise<string>
  vsctl(node: string, ...args: string[]): Promise<string>
  close(): Promise<void>
}

export async function startDatabases(nodes: readonly string[]): Promise<Databases> {
  const dir = await mkdtemp(`${tmpdir()}/ovngw-standin-`)
  const servers: ChildProcess[] = []
  const serve = async (folder: string, schema: string): Promise<string> => {
    await mkdir(folder, { recursive: true })
    await exec('ovsdb-tool', ['create', `${folder}/conf.db`, schema])
    const socket = `${folder}/db.sock`
    servers.push(spawn('ovsdb-server', [`--remote=punix:${socket}`, `--unixctl=${folder}/ctl`, '--verbose=off', `${folder}/conf.db`], { stdio: 'ignore' }))
    await until(`${socket} is there`, async () => (existsSync(socket) ? true : undefined))
    return socket
  }
  const ovsRundir = (node: string): string => `${dir}/${node}`
  const [nbSocket, sbSocket] = await Promise.all([
    serve(`${dir}/nb`, SCHEMAS.nb),
    serve(`${dir}/sb`, SCHEMAS.sb),
    ...nodes.map((n) => serve(ovsRundir(n), SCHEMAS.ovs)),
  ])
  const tool =
    (bin: string, ...base: string[]) =>
    async (...args: string[]): Promise<string> =>
      (await exec(bin, [...base, ...args])).stdout
  const vsctl = (node: string, ...args: string[]): Promise<string> => tool('ovs-vsctl', `--db=unix:${ovsRundir(node)}/db.sock`, '--no-wait')(...args)
  await Promise.all(nodes.map((n) => vsctl(n, 'init')))
  return {
    dir,
    nbSocket: nbSocket ?? '',
    sbSocket: sbSocket ?? '',
    ovsRundir,
    nbctl: tool('ovn-nbctl', `--db=unix:${nbSocket}`),
    sbctl: tool('ovn-sbctl', `--db=unix:${sbSocket}`),
    vsctl,
    close: async () => {
      const ended = servers.map((s) => new Promise((done) => s.once('exit', done)))
      for (const s of servers) s.kill()
      await Promise.all(ended)
      await rm(dir, { recursive: true })
    },
  }
}

/** `list TABLE` of several tables through one of the tools. */
export async function readTables(
  tool: (...args: string[]) => Promise<string>,
  columns: Readonly<Record<string, readonly string[]>>,
): Promise<Readonly<Record<string, Listing>>> {
  const tables = Object.entries(columns)
  const args = tables.flatMap(([table, names]) => ['--', `--columns=_uuid,${names.join(',')}`, 'list', table])
  const lines = (await tool('--format=json', ...args)).trim().split('\n')
  return Object.fromEntries(tables.map(([table], i) => [table, JSON.parse(lines[i] ?? '') as Listing]))
}
