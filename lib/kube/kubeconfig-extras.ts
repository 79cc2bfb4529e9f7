/** Fields of a kubeconfig's users that client-node does not read (client-go: tools/clientcmd/api/v1, AuthInfo). */

export interface Overlooked {
  /** Absolute; read again when it changes, goes before `token`. */
  readonly tokenFile?: string
  readonly groups?: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Worth parsing a second time. */
export const hasOverlooked = (text: string): boolean => /tokenFile|as-groups|as-uid|as-user-extra/.test(text)

/** By user name. `absolute` resolves a path against the kubeconfig's folder. */
export function overlooked(kubeconfig: unknown, absolute: (path: string) => string): Map<string, Overlooked> {
  const { users = [] } = kubeconfig as { users?: { name: string; user?: Record<string, unknown> }[] }
  return new Map(
    users.map(({ name, user = {} }) => [
      name,
      {
        ...(typeof user['tokenFile'] === 'string' ? { tokenFile: absolute(user['tokenFile']) } : {}),
        ...(Array.isArray(user['as-groups']) ? { groups: user['as-groups'].map(String) } : {}),
        ...(user['as-uid'] === undefined ? {} : { uid: String(user['as-uid']) }),
        ...(typeof user['as-user-extra'] === 'object' && user['as-user-extra'] !== null ? { extra: user['as-user-extra'] as Record<string, string[]> } : {}),
      },
    ]),
  )
}

/** Headers of impersonation (Kubernetes: Authenticating, "User impersonation"). */
export function impersonation(user: string | undefined, { groups, uid, extra }: Overlooked): Record<string, string | string[]> {
  if (!user) return {}
  return {
    'impersonate-user': user,
    ...(groups === undefined ? {} : { 'impersonate-group': [...groups] }),
    ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
    ...Object.fromEntries(Object.entries(extra ?? {}).map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`, [...values]])),
  }
}
