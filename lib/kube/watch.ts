/** List, then watch for ever: one consistent story of a collection, whatever happens to the connection. */
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import { isError, OvngwError } from '../kernel/errors.ts'
import { orAbort } from './deadline.ts'
import { type Doing, fromAnswer, type Status } from './errors.ts'
import { backoff } from './http.ts'
import { Known } from './known.ts'
import { asObject, isGone, listAll } from './list.ts'
import { fromNetwork } from './network.ts'
import { collectionPath, withQuery } from './paths.ts'
import type { KubeObject, ListOptions, Resource, WatchEvent } from './port.ts'
import type { Session } from './session.ts'

/** The server ends a watch by itself after this; between 240 and 300 s so that many watchers do not reconnect at once. */
const serverSeconds = (): string => String(Math.floor(240 + Math.random() * 60))
/** kube-apiserver sends a bookmark about once a minute: more silence than this is a dead connection. */
const SILENCE_MS = 150_000

type Watched = ListOptions & { readonly signal: AbortSignal }

/**
 * First every object as ADDED, then changes. Ends silently when `signal` aborts.
 * @throws OvngwError what the first list says; later only what waiting cannot mend (rights, credentials, certificates, a removed type)
 */
export async function* watchAll(session: Session, resource: Resource, options: Watched): AsyncIterable<WatchEvent> {
  const told: Told = { known: new Known(), version: undefined, listed: false, idle: 0 }
  while (!options.signal.aborted) {
    try {
      yield* follow(session, resource, options, told)
    } catch (error) {
      if (options.signal.aborted) return
      if (isGone(error)) told.version = undefined
      else if (!told.listed || !isError(error, 'UNREACHABLE', 'PARSE')) throw error
    }
    // A connection that brought news is opened again at once; one that did not, later and later.
    if (told.idle > 0) await pause(backoff(told.idle), undefined, { signal: options.signal }).catch(() => undefined)
  }
}

interface Told {
  readonly known: Known
  /** Where to watch from; undefined: list again. */
  version: string | undefined
  listed: boolean
  /** Connections in a row that brought nothing. */
  idle: number
}

/** A list when one is needed, then one connection until it ends. */
async function* follow(session: Session, resource: Resource, options: Watched, told: Told): AsyncIterable<WatchEvent> {
  told.idle++
  if (told.version === undefined) {
    const listing = await listAll(session, resource, options)
    told.listed = true
    told.version = listing.resourceVersion
    yield* told.known.replace(listing.items)
  }
  for await (const line of changes(session, resource, options, told.version)) {
    told.idle = 0
    told.version = line.object.metadata.resourceVersion ?? told.version
    if (line.type !== 'BOOKMARK') yield* told.known.take(line.type, line.object)
  }
}

interface Line {
  readonly type: WatchEvent['type'] | 'BOOKMARK'
  readonly object: KubeObject
}

/** One watch connection, until the server ends it. */
async function* changes(session: Session, resource: Resource, options: Watched, resourceVersion: string): AsyncIterable<Line> {
  const doing: Doing = { verb: 'watch', resource, ref: { name: '', namespace: options.namespace } }
  const { labelSelector, fieldSelector, signal } = options
  const query = { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: serverSeconds(), resourceVersion, labelSelector, fieldSelector }
  try {
    const access = await orAbort(session.access(), signal)
    session.asked.calls++
    const url = `${session.base}${withQuery(collectionPath(resource, options.namespace), query)}`
    const answer = await request(url, {
      headers: { ...access.headers, accept: 'application/json' },
      dispatcher: access.streams,
      signal,
      headersTimeout: 30_000,
      bodyTimeout: SILENCE_MS,
    })
    if (answer.statusCode === 401) session.renew()
    if (answer.statusCode !== 200) throw fromAnswer(session, doing, answer.statusCode, await answer.body.text(), access.certificate)
    for await (const text of lines(answer.body)) yield parseLine(session, doing, text)
  } catch (error) {
    throw isError(error) ? error : fromNetwork(session, doing, error)
  }
}

async function* lines(body: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest: string[] = []
  for await (const chunk of body) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n')
    const last = parts.pop() ?? ''
    for (const part of parts) {
      const line = rest.join('') + part
      rest = []
      if (line !== '') yield line
    }
    rest.push(last)
  }
  // A cut line is dropped: its state comes again after the reconnect, from the last version that was whole.
}

function parseLine(session: Session, doing: Doing, text: string): Line {
  let line: { type?: unknown; object?: unknown }
  try {
    line = JSON.parse(text) as { type?: unknown; object?: unknown }
  } catch {
    throw new OvngwError('PARSE', { what: `cannot watch ${doing.resource.plural}`, why: 'a line of the watch is no JSON' })
  }
  if (line.type === 'ERROR') {
    const status = line.object as Status
    throw fromAnswer(session, doing, status.code ?? 500, JSON.stringify(status))
  }
  if (line.type === 'BOOKMARK') {
    const version = (line.object as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion
    return { type: line.type, object: { metadata: { name: '', ...(version === undefined ? {} : { resourceVersion: version }) } } }
  }
  if (line.type !== 'ADDED' && line.type !== 'MODIFIED' && line.type !== 'DELETED')
    throw new OvngwError('PARSE', { what: `cannot watch ${doing.resource.plural}`, why: 'an event of no known type' })
  return { type: line.type, object: asObject(doing, line.object) }
}
