import type { Lifted } from './state.ts'
import type { Tools } from './tools.ts'
export async function buildNetwork(_lab: Lifted, _tools: Tools, _signal: AbortSignal): Promise<void> {}
