/** The one practice cluster all lab tests share: up before the first, down after the last, also when they fail. */
import type { TestProject } from 'vitest/node'
import { labDown, labUp, listLabs } from '../../lib/lab/index.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Name for openLab. */
    lab: string
  }
}

const say = (line: string): void => void process.stderr.write(`lab: ${line}\n`)

/** A run that was killed hard leaves its lab; the pid in the name says whose it was. */
async function sweep(): Promise<void> {
  for (const name of await listLabs()) {
    const pid = Number(/^t(\d+)$/.exec(name)?.[1] ?? Number.NaN)
    if (!Number.isNaN(pid) && !isRunning(pid)) await labDown(name, say)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const name = `t${process.pid}`
  await sweep()
  const lab = await labUp({ name }, say)
  lab.close()
  project.provide('lab', name)
  return async () => {
    await labDown(name, say)
  }
}
