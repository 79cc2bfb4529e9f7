/** What a command asked of the world, counted at the doors of the effects (one object a world, never one a process). */
import type { Runner } from './command.ts'

export interface Asked {
  /** Requests to the API server as sent: each page of a list, each attempt of a retried call, each connection of a watch. Execs are commands. */
  calls: number
  /** Programs started: in pods, on this machine, on the hosts outside. */
  commands: number
  /** Of these, meant for a node's own tools (OVS, ip, tcpdump), however often they had to be tried. */
  onNodes: number
}

export const nothingAsked = (): Asked => ({ calls: 0, commands: 0, onNodes: 0 })

/** The tools of a node: what is run there counts as asked of a node. */
export const countedOnNode = (runner: Runner, asked: Asked): Runner => ({
  get where() {
    return runner.where
  },
  run: (command, options) => {
    asked.onNodes++
    return runner.run(command, options)
  },
})

const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`

/** `14 API calls, 9 commands (7 on nodes)`. */
export const askedText = ({ calls, commands, onNodes }: Asked): string => `${many(calls, 'API call')}, ${many(commands, 'command')} (${onNodes} on nodes)`
