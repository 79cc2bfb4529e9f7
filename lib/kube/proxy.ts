/** HTTPS_PROXY and NO_PROXY as kubectl (Go's http.ProxyFromEnvironment) reads them; client-node ignores both. */
import { BlockList, isIP } from 'node:net'

/** The proxy to use for `server`, undefined for none. Loopback is never proxied. */
export function proxyFor(server: URL, env: NodeJS.ProcessEnv): string | undefined {
  const both = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined
  const proxy = server.protocol === 'https:' ? both('HTTPS_PROXY') : both('HTTP_PROXY')
  if (proxy === undefined) return undefined
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return undefined
  const exempt = (both('NO_PROXY') ?? '').split(',').map((e) => e.trim().toLowerCase())
  if (exempt.some((e) => e !== '' && matches(e, host, server.port || '443'))) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const [network, bits] = entry.split('/')
  if (network !== undefined && bits !== undefined) {
    const family = isIP(network)
    if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false
    const list = new BlockList()
    list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
    return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
  }
  const withPort = /^([^:]+):(\d+)$/.exec(entry)
  if (withPort && withPort[2] !== port) return false
  const name = (withPort?.[1] ?? entry).replace(/^\*?\./, '.')
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}
