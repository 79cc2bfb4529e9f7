/** Packets: asking one host for another. Only reads; nothing here decides what an answer means. */
import { answer } from '../ovn/call.ts'
import { type Command, type Runner, read } from '../proc/command.ts'

/** `ping -n -c 3 -i 0.2 -W 1 ADDRESS` (ping(8)): three tries, since the first waits for ARP. */
export const ping = (address: string): Command => read('ping', '-n', '-c', '3', '-i', '0.2', '-W', '1', address)

/** True when at least one answer came back. Exit 1 is "no answer" (ping(8)); any other code is an error: ping could not ask. */
export async function pings(from: Runner, address: string, signal: AbortSignal): Promise<boolean> {
  const output = await from.run(ping(address), { signal, timeoutMs: 10_000 })
  if (output.code === 0) return true
  if (output.code === 1) return false
  await answer({ where: from.where, run: async () => output }, ping(address))
  return false
}
