/** A host that says who is calling: over HTTP, or to anybody who sends a line, it answers `ADDRESS PORT` as it saw them. */
import type { Proc } from './daemons.ts'
import { OUTSIDE } from './paths.ts'
import type { Lifted } from './state.ts'

// Given to `node -e`: as a file of its own it would have to be found again inside the published bundle.
const PROGRAM = `
require('node:net').createServer((socket) => {
  socket.on('error', () => {})
  socket.once('data', (data) => {
    const body = socket.remoteAddress.replace('::ffff:', '') + ' ' + socket.remotePort + '\\n'
    const http = /^[A-Z]+ \\S+ HTTP\\//.test(data.toString('latin1'))
    socket.end(http ? 'HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: ' + body.length + '\\r\\nConnection: close\\r\\n\\r\\n' + body : body)
  })
}).listen(Number(process.argv[1]), '0.0.0.0')
`

export const startEcho = (lab: Pick<Lifted, 'daemon'>, { id, netns, port = OUTSIDE.port }: { id: string; netns: string; port?: number }): Promise<Proc> =>
  lab.daemon({ id, argv: ['ip', 'netns', 'exec', netns, process.execPath, '-e', PROGRAM, String(port)] })
