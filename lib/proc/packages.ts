/** Which Debian package has a tool, for the hint when it is missing. */
const PACKAGE: Readonly<Record<string, string>> = {
  'ovn-nbctl': 'ovn-common',
  'ovn-sbctl': 'ovn-common',
  'ovn-trace': 'ovn-common',
  'ovn-appctl': 'ovn-common',
  'ovs-vsctl': 'openvswitch-switch',
  'ovs-ofctl': 'openvswitch-common',
  'ovs-appctl': 'openvswitch-common',
  'ovsdb-client': 'openvswitch-common',
  'ovsdb-tool': 'openvswitch-common',
  ip: 'iproute2',
  bridge: 'iproute2',
  ss: 'iproute2',
  ethtool: 'ethtool',
  ping: 'iputils-ping',
  arping: 'iputils-arping',
  tcpdump: 'tcpdump',
  curl: 'curl',
  nc: 'netcat-openbsd',
  ssh: 'openssh-client',
  openssl: 'openssl',
}

/** What to type when `bin` is not there. */
export function installHint(bin: string): string {
  const name = bin.split('/').at(-1) ?? bin
  const known = Object.hasOwn(PACKAGE, name) ? PACKAGE[name] : undefined
  return known === undefined ? `is it installed, and is it on PATH? see: command -v ${name}` : `install it: apt-get install ${known}`
}
