#!/usr/bin/env node
/**
 * A host outside that says who is calling. Needs nothing but Node 18:
 *
 *   node echo.mjs [PORT] [--allow CIDR]...
 *
 * TCP: to an HTTP GET, or to anybody who sends a line, `ADDRESS PORT` as it saw the caller. UDP: the same, to a datagram that begins with
 * `ovngw` (to no other: two such programs could else answer each other for ever). With --allow it also asks, one at a time, for
 * `GET /ask?tcp=IP:PORT` and `/ask?udp=IP:PORT`: does that address answer? It then opens a connection and closes it, or sends one datagram;
 * no data of the caller is passed on and none of the answer's handed back, and addresses outside CIDR are refused. Without --allow it asks nobody.
 */
import { createSocket } from 'node:dgram'
import { BlockList, createConnection, createServer, isIPv4 } from 'node:net'
import { pathToFileURL } from 'node:url'

const MAGIC = 'ovngw'
const WAIT_MS = 3000
const plain = (address = '') => address.replace(/^::ffff:/, '')

/** Answered, refused or silent. */
function askTcp(host, port) {
  return new Promise((done) => {
    const began = performance.now()
    const socket = createConnection({ host, port })
    const end = (answer) => {
      socket.destroy()
      done(answer)
    }
    socket.setTimeout(WAIT_MS, () => end({ outcome: 'silent' }))
    socket.on('connect', () => end({ outcome: 'answered', ms: performance.now() - began }))
    socket.on('error', ({ code }) => end({ outcome: code === 'ECONNREFUSED' ? 'refused' : 'silent' }))
  })
}

function askUdp(host, port) {
  return new Promise((done) => {
    const began = performance.now()
    const socket = createSocket('udp4')
    const end = (answer) => {
      clearTimeout(late)
      socket.close()
      done(answer)
    }
    const late = setTimeout(() => end({ outcome: 'silent' }), WAIT_MS)
    socket.on('error', ({ code }) => end({ outcome: code === 'ECONNREFUSED' ? 'refused' : 'silent' }))
    socket.on('message', (data) => end({ outcome: 'answered', ms: performance.now() - began, seen: /^([\d.]+) \d+\n$/.exec(`${data}`)?.[1] }))
    socket.connect(port, host, () => socket.send(`${MAGIC} probe\n`))
  })
}

/** `GET /ask?…`: what to ask, or why not. */
function wish(url, allowed) {
  const { searchParams } = new URL(url, 'http://echo')
  const [[protocol = '', where = ''] = []] = [...searchParams]
  const [, host = '', digits = ''] = /^([\d.]+):(\d{1,5})$/.exec(where) ?? []
  const port = Number(digits)
  if ((protocol !== 'tcp' && protocol !== 'udp') || !isIPv4(host) || port < 1 || port > 65535) return { status: 400, why: 'wants ?tcp=IP:PORT or ?udp=IP:PORT' }
  if (!allowed.check(host, 'ipv4')) return { status: 403, why: `this echo was not started with --allow for ${host}` }
  return { ask: () => (protocol === 'tcp' ? askTcp(host, port) : askUdp(host, port)) }
}

const http = (status, body) =>
  `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`

/** Listens on TCP and UDP; resolves when both do, with the port (0 chooses one) and a way to end. */
export async function serve(port, cidrs = []) {
  const allowed = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', length = '32'] = cidr.split('/')
    if (!isIPv4(address) || !/^\d+$/.test(length)) throw new Error(`--allow ${cidr} is no IPv4 network, like 172.56.0.0/16`)
    allowed.addSubnet(address, Number(length), 'ipv4')
  }
  let busy = false
  const answer = async (url, caller) => {
    if (!url.startsWith('/ask?')) return http('200 OK', caller)
    const { ask, status, why } = wish(url, allowed)
    if (ask === undefined) return http(`${status} refused`, `${why}\n`)
    if (busy) return http('503 busy', 'one question at a time\n')
    busy = true
    try {
      return http('200 OK', `${JSON.stringify(await ask())}\n`)
    } finally {
      busy = false
    }
  }
  const tcp = createServer((socket) => {
    const caller = `${plain(socket.remoteAddress)} ${socket.remotePort}\n`
    socket.on('error', () => {}).setTimeout(10_000, () => socket.destroy())
    socket.once('data', async (data) => {
      const url = /^[A-Z]+ (\/\S*) HTTP\//.exec(data.toString('latin1'))?.[1]
      socket.end(url === undefined ? caller : await answer(url, caller))
    })
  })
  tcp.maxConnections = 256
  const udp = createSocket('udp4')
  udp.on('message', (data, { address, port: from }) => {
    if (data.subarray(0, MAGIC.length).toString('latin1') === MAGIC) udp.send(`${address} ${from}\n`, from, address, () => {})
  })
  await new Promise((done, bad) => tcp.once('error', bad).listen(port, '0.0.0.0', done))
  const chosen = tcp.address().port
  try {
    await new Promise((done, bad) => udp.once('error', bad).bind(chosen, done))
  } catch (error) {
    tcp.close()
    throw error
  }
  return {
    port: chosen,
    close: () => {
      tcp.close()
      udp.close()
    },
  }
}

async function main([port = '8080', ...rest]) {
  const cidrs = rest.filter((_, i) => rest[i - 1] === '--allow')
  if (!/^\d{1,5}$/.test(port) || rest.length !== 2 * cidrs.length) throw new Error('usage: node echo.mjs [PORT] [--allow CIDR]...')
  await serve(Number(port), cidrs)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  })
}
