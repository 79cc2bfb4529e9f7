/** The echo a user runs outside, over real sockets: whom it names, and that it lends itself to nobody. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { echoesOf } from '../../lib/cli/echo.ts'
import type { Site } from '../../lib/inventory/site.ts'
import { parseIpv4 } from '../../lib/net/ip.ts'

const LOCAL = parseIpv4('127.0.0.1')
const { serve } = (await import(new URL('../../templates/echo.mjs', import.meta.url).href)) as {
  serve(port: number, cidrs?: readonly string[]): Promise<{ port: number; close(): void }>
}

let echo: { port: number; close(): void }
beforeAll(async () => {
  echo = await serve(0, ['127.0.0.0/8'])
})
afterAll(() => echo.close())

const site = (port: number): Site => ({
  name: 'x',
  cluster: {},
  pools: [],
  assignments: [],
  accept: [],
  probe: { outside: [{ exec: ['true'] }, { http: `http://127.0.0.1:${port}` }], target: [] },
})
const ask = async (protocol: 'tcp' | 'udp', port: number, address = LOCAL) =>
  echoesOf(site(echo.port))[0]?.ask(address, { protocol, port }, AbortSignal.timeout(10_000))

/** Sends all, gives the first answer. */
async function datagrams(...said: readonly string[]): Promise<{ readonly answer: string; readonly from: number }> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const first = once(socket, 'message')
  for (const text of said) socket.send(text, echo.port, '127.0.0.1')
  const [data] = (await first) as [Buffer]
  const from = socket.address().port
  socket.close()
  return { answer: data.toString(), from }
}

test('over HTTP, TCP and UDP it says whom it sees', async () => {
  expect(await (await fetch(`http://127.0.0.1:${echo.port}/`)).text()).toMatch(/^127\.0\.0\.1 \d+\n$/)
  const socket = createConnection(echo.port, '127.0.0.1')
  await once(socket, 'connect')
  const mine = socket.localPort
  socket.write('hello\n')
  expect(await text(socket)).toBe(`127.0.0.1 ${mine}\n`)
  const { answer, from } = await datagrams('ovngw probe\n')
  expect(answer).toBe(`127.0.0.1 ${from}\n`)
})

test('it asks for us: what answers, what refuses; within what it was allowed only', async () => {
  expect(await ask('tcp', echo.port)).toMatchObject({ outcome: 'answered', ms: expect.any(Number) })
  expect(await ask('udp', echo.port)).toMatchObject({ outcome: 'answered', seen: '127.0.0.1' })
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as { port: number }
  closed.close()
  await once(closed, 'close')
  expect(await ask('tcp', port)).toEqual({ outcome: 'refused' })
  expect(await ask('udp', port)).toEqual({ outcome: 'refused' })
  expect(await ask('tcp', 443, parseIpv4('198.51.100.7'))).toEqual({ outcome: 'not asked', why: expect.stringContaining('--allow for 198.51.100.7') })
})

test('no data goes through it, in either direction', async () => {
  const heard: string[] = []
  const secret = createServer((socket) => {
    socket.on('error', () => undefined).on('data', (data) => heard.push(data.toString()))
    socket.write('secret banner\n')
  }).listen(0, '127.0.0.1')
  await once(secret, 'listening')
  const { port } = secret.address() as { port: number }
  const answer = await (await fetch(`http://127.0.0.1:${echo.port}/ask?tcp=127.0.0.1:${port}&data=hello`)).text()
  secret.close()
  expect(JSON.parse(answer)).toEqual({ outcome: 'answered', ms: expect.any(Number) })
  expect(heard).toEqual([])
})

test('started without --allow it asks nobody; a malformed question is refused', async () => {
  const shut = await serve(0)
  const status = async (port: number, query: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}/ask?${query}`)).status
  expect(await status(shut.port, `tcp=127.0.0.1:${echo.port}`)).toBe(403)
  shut.close()
  for (const query of ['', 'tcp=127.0.0.1', 'tcp=localhost:80', 'tcp=127.0.0.1:0', 'tcp=127.0.0.1:99999', 'icmp=127.0.0.1:1', 'tcp=127.1:80'])
    expect(await status(echo.port, query), query).toBe(400)
  await expect(serve(0, ['everything'])).rejects.toThrow('--allow everything is no IPv4 network')
})

test('who is not there is not silent', async () => {
  const gone = await serve(0)
  gone.close()
  const answer = await echoesOf(site(gone.port))[0]?.ask(LOCAL, { protocol: 'tcp', port: 80 }, AbortSignal.timeout(10_000))
  expect(answer).toEqual({ outcome: 'not asked', why: expect.stringContaining('cannot be reached from here') })
})
