/** What the API server or the network said, as our errors: what was asked, why not, and what to type next. */
import { X509Certificate } from 'node:crypto'
import { type ErrorCode, isError, OvngwError } from '../kernel/errors.ts'
import type { Ref, Resource } from './port.ts'
import type { Session } from './session.ts'

/** What a call was about, for messages. */
export interface Doing {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'patch' | 'delete' | 'exec' | 'read the log of'
  readonly resource: Resource
  readonly ref?: Ref | undefined
}

/** meta/v1 Status, as far as we read it. */
export interface Status {
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { reason?: string; message?: string }[]
  }
}

export type Place = Pick<Session, 'server' | 'context' | 'user' | 'as'>

export const describe = ({ verb, resource, ref }: Doing): string => {
  const where = ref?.namespace === undefined ? '' : `${ref.namespace}/`
  if (verb === 'exec') return `exec in pod ${where}${ref?.name ?? ''}`
  return ref === undefined || ref.name === '' ? `${verb} ${resource.plural}` : `${verb} ${resource.kind} ${where}${ref.name}`
}

export const placeText = ({ server, context }: Place): string => `${server.origin} (context ${context})`

export function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Status' ? (value as Status) : undefined
  } catch {
    return undefined
  }
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'REJECTED',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'REJECTED',
  409: 'CONFLICT',
  410: 'CONFLICT',
  415: 'REJECTED',
  422: 'REJECTED',
}

/** An answer that is no success. 429 and 5xx become UNREACHABLE: there is no usable answer. */
export function fromAnswer(place: Place, doing: Doing, code: number, text: string, certificate?: string): OvngwError {
  const status = parseStatus(text)
  const said =
    status?.message ??
    (text.trim().startsWith('<') ? `HTTP ${code} with a web page: a proxy or gateway answered, not Kubernetes` : text.trim().slice(0, 300) || `HTTP ${code}`)
  const what = `cannot ${describe(doing)}`
  const kind = BY_STATUS[code] ?? (code >= 500 || code === 429 ? 'UNREACHABLE' : 'REJECTED')
  const parts = { what, why: said, cause: status }
  if (kind === 'UNREACHABLE')
    return new OvngwError(kind, {
      ...parts,
      why: `${placeText(place)} answered ${code}: ${said}`,
      hint: 'the API server or etcd is in trouble: kubectl get --raw /readyz?verbose',
    })
  if (kind === 'UNAUTHORIZED') return signInRefused(place, what, said, certificate)
  if (kind === 'FORBIDDEN') return new OvngwError(kind, { ...parts, hint: canI(place, doing) })
  if (kind === 'NOT_FOUND' && !isMissingObject(status)) {
    const api = doing.resource.group === '' ? doing.resource.version : `${doing.resource.group}/${doing.resource.version}`
    return new OvngwError(kind, {
      what,
      why: `the server knows no ${doing.resource.plural} in ${api}`,
      hint: `see: kubectl api-resources --api-group=${doing.resource.group || "''"}`,
      cause: status,
    })
  }
  return new OvngwError(kind, parts)
}

/** 404 for one object, not for a whole resource type: only then the Status names an object. */
export const isMissingObject = (status: Status | undefined): boolean => status?.reason === 'NotFound' && Boolean(status.details?.name)

function signInRefused(place: Place, what: string, said: string, certificate: string | undefined): OvngwError {
  const until = certificate === undefined ? undefined : validTo(certificate)
  if (until !== undefined && until.getTime() < Date.now()) {
    return new OvngwError('CERTIFICATE', {
      what,
      why: `the client certificate of user ${place.user} expired at ${until.toISOString()}`,
      hint: 'renew it (kubeadm certs renew, or a new kubeconfig from whoever issued it)',
    })
  }
  return new OvngwError('UNAUTHORIZED', {
    what,
    why: `${placeText(place)} does not accept the credential of user ${place.user} (${said})`,
    hint: `log in again; check with: kubectl auth whoami --context ${place.context}`,
  })
}

function validTo(pem: string): Date | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo)
  } catch {
    return undefined
  }
}

/** The kubectl line that asks the same question. */
export function canI(place: Place, { verb, resource, ref }: Doing): string {
  const type = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
  const [asked, object] =
    verb === 'exec' ? ['create', 'pods/exec'] : verb === 'read the log of' ? ['get', 'pods/log'] : [verb === 'apply' ? 'patch' : verb, type]
  const name = ref?.name && verb !== 'create' && verb !== 'exec' ? `/${ref.name}` : ''
  const scope = !resource.namespaced ? '' : ref?.namespace === undefined ? ' --all-namespaces' : ` -n ${ref.namespace}`
  return `check with: kubectl auth can-i ${asked} ${object}${name}${scope} --context ${place.context}${place.as === undefined ? '' : ` --as ${place.as}`}`
}

/** The caller's own reason when it is one of ours (a deadline), else CANCELLED. */
export const cancelled = ({ signal, doing }: { readonly signal?: AbortSignal | undefined; readonly doing: Doing }): OvngwError =>
  isError(signal?.reason) ? signal.reason : new OvngwError('CANCELLED', { what: `${describe(doing)} was cancelled` })
