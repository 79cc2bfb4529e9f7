/** The texts of an inventory: each field parses its text once into canonical form and says how to write it right. */
import { z } from 'zod'
import { BadAddress } from '../net/bad.ts'
import { familyOf, isHostOf, parseCidr, parseRange } from '../net/cidr.ts'
import { isHost, parseIp, parseIpv4 } from '../net/ip.ts'
import { isBroadcast, isUnicast, parseMac } from '../net/mac.ts'

interface Hint {
  readonly description: string
  readonly examples: readonly string[]
  readonly pattern?: string
}

/** A text field: `parse` throws BadAddress (why, fix); `hint` goes into the JSON Schema and into messages. */
export const textField = <T>(parse: (text: string) => T, { examples, ...hint }: Hint) =>
  z
    .string()
    .meta({ ...hint, examples: [...examples] })
    .transform((text, ctx): T => {
      try {
        return parse(text)
      } catch (thrown) {
        if (!(thrown instanceof BadAddress)) throw thrown
        ctx.issues.push({ code: 'custom', input: text, message: thrown.why, params: { text: thrown.text, fix: thrown.fix } })
        return z.NEVER
      }
    })

/** A name that must match a pattern as a whole. */
const named = (pattern: RegExp, max: number, why: string, hint: Hint) =>
  textField(
    (text): string => {
      if (text.length <= max && pattern.test(text)) return text
      throw new BadAddress(text, text.length > max ? `is longer than ${max} characters` : why, `write it like ${hint.examples[0]}`)
    },
    { ...hint, pattern: pattern.source },
  )

function hostIp(text: string): string {
  const ip = parseIpv4(text)
  if (!isHost(ip)) throw new BadAddress(text, 'can be no host (unspecified, loopback, multicast or reserved)', 'write the address of one host')
  return ip
}

function routerAddress(text: string): string {
  if (text === 'auto') return text
  const cidr = parseCidr(text)
  if (familyOf(cidr) !== 4) throw new BadAddress(text, 'is IPv6, which Kube-OVN takes and then sets up wrongly', 'write an IPv4 address with its prefix length')
  if (!isHostOf(cidr, hostIp(text.slice(0, text.indexOf('/'))) as Parameters<typeof isHostOf>[1]))
    throw new BadAddress(text, 'is the network or broadcast address of its own network', 'write the address of one host in it')
  return cidr
}

function stationMac(text: string): string {
  const mac = parseMac(text)
  if (isUnicast(mac)) return mac
  const why = isBroadcast(mac) ? 'is the broadcast address' : mac === '00:00:00:00:00:00' ? 'is all zeros' : 'is a multicast address'
  const first = (Number.parseInt(mac.slice(0, 2), 16) & 0xfe) | 0x02
  throw new BadAddress(text, why, `write a unicast one (first byte even), like ${first.toString(16).padStart(2, '0')}${mac.slice(2)}`)
}

function nicName(text: string): string {
  if (text.length > 15) throw new BadAddress(text, 'is longer than the 15 characters Linux allows', 'write the name `ip link` shows')
  if (/[\s/:,]/.test(text) || text === '' || text === '.' || text === '..' || text.startsWith('-'))
    throw new BadAddress(text, 'is not the name of a network interface', 'write the name `ip link` shows, like eth1')
  return text
}

function day(text: string): string {
  const fix = 'write a day as YEAR-MONTH-DAY, like 2027-03-01'
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new BadAddress(text, 'is not a date', fix)
  const at = new Date(`${text}T00:00:00Z`)
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== text) throw new BadAddress(text, 'is no day of the calendar', fix)
  return text
}

function sshHost(text: string): string {
  const fix = 'write user@host or a Host of ~/.ssh/config; keys stay in the ssh agent'
  if (/^[^@]*:[^@]*@/.test(text)) throw new BadAddress('…', 'holds a password', fix)
  if (!/^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9_[][A-Za-z0-9_.:[\]-]*$/.test(text)) throw new BadAddress(text, 'is no ssh destination', fix)
  return text
}

function echoAddress(text: string): string {
  const fix = 'write http://ADDRESS:PORT, like http://192.0.2.9:8080'
  const [, address = '', port = '80'] = /^http:\/\/([\d.]+)(?::(\d{1,5}))?\/?$/.exec(text) ?? []
  if (address === '' || Number(port) < 1 || Number(port) > 65535) throw new BadAddress(text, 'is not where an echo listens', fix)
  return `http://${hostIp(address)}:${Number(port)}`
}

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/

export const nodeName = named(DNS_NAME, 253, 'is not the name of a node', { description: 'name of a Kubernetes node', examples: ['gw-1'] })
export const namespaceName = named(DNS_LABEL, 63, 'is not the name of a namespace', { description: 'a namespace', examples: ['kube-system'] })
export const poolName = named(DNS_LABEL, 63, 'is not a name of lower-case letters, digits and dashes', { description: 'a pool', examples: ['web'] })
export const checkId = named(/^[a-z][a-z0-9-]*$/, 63, 'is not the id of a check', { description: 'id of a check: `ovngw list`', examples: ['nic-mtu'] })
export const ovnName = named(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 63, 'is not a name OVN takes', { description: 'a name in OVN', examples: ['external'] })
export const labelKey = named(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/, 317, 'is not a label key', {
  description: 'label key',
  examples: ['app'],
})
export const labelValue = named(/^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/, 63, 'is not a label value', { description: 'label value', examples: ['api'] })
export const podName = named(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 317, 'does not name a pod', {
  description: 'a pod as NAMESPACE/NAME',
  examples: ['shop/web-0'],
})
export const workloadName = named(
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?\/(deployment|statefulset|daemonset|replicaset)\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
  317,
  'does not name a workload',
  { description: 'what makes pods, as NAMESPACE/KIND/NAME; its pods keep their addresses when they are made again', examples: ['shop/deployment/api'] },
)
export const port = named(/^(tcp|udp)\/([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/, 9, 'is not tcp/PORT or udp/PORT', {
  description: 'what the pod answers on when it is silent to ping',
  examples: ['tcp/443'],
})
export const plain = (description: string, example: string) => named(/\S/, 1024, 'is empty', { description, examples: [example] })

export const anyIp = textField((t): string => parseIp(t), { description: 'an IP address', examples: ['172.56.0.1'] })
export const hostAddress = textField(hostIp, { description: 'an IPv4 address', examples: ['172.56.0.1'] })
export const gatewayAddress = textField(routerAddress, {
  description: 'address of the router port with the prefix length of its network (ConfigMap nic-ip); auto lets Kube-OVN take an OvnEip',
  examples: ['172.56.0.100/16'],
})
export const macAddress = textField(stationMac, { description: 'MAC of the router port, used by no NIC (ConfigMap nic-mac)', examples: ['16:52:f3:13:6a:25'] })
export const addressRange = textField((t) => parseRange(t), { description: 'addresses as FIRST-LAST, or one address', examples: ['172.56.0.200-172.56.0.239'] })
export const interfaceName = textField(nicName, { description: 'the NIC that is bridged into OVS on every gateway node', examples: ['eth1'] })
export const date = textField(day, { description: 'last day the acceptance counts', examples: ['2027-03-01'] })
export const echoUrl = textField(echoAddress, {
  description: 'where `ovngw probe --echo` runs outside; by address: pods ask it too',
  examples: ['http://192.0.2.9:8080'],
})
export const sshDestination = textField(sshHost, { description: 'user@host or a Host of ~/.ssh/config', examples: ['ops@outside'] })
