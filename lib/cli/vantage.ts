/** Places outside the cluster where probes run (`probe.outside`): a command prefix on this machine, or a host by ssh. */
import type { CommandVantage, Site } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Asked } from '../proc/asked.ts'
import { type Command, type Runner, show } from '../proc/command.ts'
import { localRunner } from '../proc/local.ts'

/** ssh's own exit code for "no connection"; a command that ends with 255 looks the same, so its answer counts as lost. */
const SSH_FAILED = 255

/**
 * `ssh -o BatchMode=yes -- HOST 'arping' '-c' '1' …`: ssh joins its words into one line for the far shell, so the command is quoted for
 * a POSIX shell (`show`) into one word. This is the only place where a shell sees our data. Credentials are ssh's own (agent, config).
 */
export const sshCommand = (host: string, command: Command): Command => ({
  bin: 'ssh',
  args: ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '--', host, show(command)],
  effect: command.effect,
})

export function sshRunner(host: string, local: Runner): Runner {
  return {
    where: `host ${host} (ssh)`,
    run: async (command, options) => {
      const output = await local.run(sshCommand(host, command), options)
      if (output.code !== SSH_FAILED) return output
      throw new OvngwError('UNREACHABLE', {
        what: `no answer from ${host} over ssh`,
        why: output.stderr.trim().slice(-400) || 'ssh ended with 255',
        hint: `try it yourself: ssh -o BatchMode=yes ${host} true`,
      })
    },
  }
}

const vantageRunner = (vantage: CommandVantage, asked: Asked | undefined): Runner =>
  'ssh' in vantage
    ? sshRunner(vantage.ssh, localRunner({ asked }))
    : localRunner({ asked, prefix: vantage.exec, where: `outside (${show({ bin: vantage.exec[0] ?? '', args: vantage.exec.slice(1), effect: 'read' })})` })

/** The outside hosts of a site where commands can be run, in order; an echo is none. */
export const outsideOf = ({ probe }: Site, asked?: Asked): readonly Runner[] =>
  (probe?.outside ?? []).flatMap((v) => ('http' in v ? [] : [vantageRunner(v, asked)]))
