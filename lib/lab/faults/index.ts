/** Breaking a lab on purpose, and mending it: what was done is kept in DIR/faults until it is taken back. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { OvngwError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/json.ts'
import { labDir } from '../paths.ts'
import { writeJson } from '../state.ts'
import { accessFaults } from './access.ts'
import { configFaults } from './config.ts'
import { daemonFaults } from './daemons.ts'
import type { Fault } from './fault.ts'
import { nodeFaults } from './nodes.ts'
import { northboundFaults } from './northbound.ts'
import { openPlace } from './place.ts'
import { podFaults } from './pods.ts'
import { switchFaults } from './switches.ts'
import { wireFaults } from './wires.ts'

export type { Fault } from './fault.ts'

export const FAULTS: readonly Fault[] = [
  ...configFaults,
  ...nodeFaults,
  ...northboundFaults,
  ...podFaults,
  ...switchFaults,
  ...wireFaults,
  ...daemonFaults,
  ...accessFaults,
]

const folder = (lab: string): string => `${labDir(lab)}/faults`
const memory = (lab: string, id: string): string => `${folder(lab)}/${id}.json`

/** Ids of the faults a lab has now. */
export const broken = async (lab: string): Promise<readonly string[]> =>
  (await readdir(folder(lab)).catch((): string[] => [])).map((f) => f.replace(/\.json$/, ''))

/** @throws OvngwError USAGE when there is no such fault, REJECTED when it is there already */
export async function breakLab(lab: string, id: string): Promise<Fault> {
  const fault = known(id)
  if ((await broken(lab)).includes(id))
    throw new OvngwError('REJECTED', { what: `lab ${lab} has the fault ${id} already`, hint: `ovngw lab mend ${id} --name ${lab}` })
  const place = await openPlace(lab)
  try {
    const done = await fault.break(place)
    await mkdir(folder(lab), { recursive: true })
    await writeJson(memory(lab, id), done)
    return fault
  } finally {
    place.close()
  }
}

/** @throws OvngwError USAGE when there is no such fault, NOT_FOUND when the lab does not have it */
export async function mendLab(lab: string, id: string): Promise<Fault> {
  const fault = known(id)
  if (!(await broken(lab)).includes(id))
    throw new OvngwError('NOT_FOUND', { what: `lab ${lab} does not have the fault ${id}`, hint: 'ovngw lab break --list', exit: 2 })
  const place = await openPlace(lab)
  try {
    await fault.mend(place, JSON.parse(await readFile(memory(lab, id), 'utf8')) as Json)
    await rm(memory(lab, id))
    return fault
  } finally {
    place.close()
  }
}

function known(id: string): Fault {
  const fault = FAULTS.find((f) => f.id === id)
  if (fault !== undefined) return fault
  throw new OvngwError('USAGE', { what: `there is no fault ${JSON.stringify(id)}`, hint: 'ovngw lab break --list' })
}
