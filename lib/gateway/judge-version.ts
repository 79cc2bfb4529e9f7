/** Which Kube-OVN versions ovngw knows: 1.11.24 and 1.16.2 were measured (reality.md), what lies between is known from its source. */
export type Known = 'measured' | 'near' | 'unknown'

const MEASURED = ['1.11.24', '1.16.2']

export function knownVersion(version: string): Known {
  if (MEASURED.includes(version)) return 'measured'
  const [major, minor] = version.split('.').map(Number)
  return major === 1 && minor !== undefined && minor >= 11 && minor <= 16 ? 'near' : 'unknown'
}
