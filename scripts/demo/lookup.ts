// `lookup NAME [TYPE]`: asks the demo's DNS server for the name of a Service and prints every record it answers.
// Never asks any other server, and never twice.

import { Resolver } from 'node:dns/promises'

const [server = '', name = '', type = 'A'] = process.argv.slice(2)
const resolver = new Resolver({ timeout: 2_000, tries: 2 })
resolver.setServers([server])
const wholeName = `${name}.svc.cluster.local`

async function records(): Promise<string[]> {
  if (type !== 'SRV') return (await resolver.resolve(wholeName, type as 'A')).map(String)
  return (await resolver.resolveSrv(wholeName)).map(({ name: target, port }) => `${port} ${target}`)
}

try {
  for (const record of (await records()).sort()) console.log(`${wholeName}  ${type}  ${record}`)
} catch (error) {
  const { code = String(error) } = error as NodeJS.ErrnoException
  console.log(`${wholeName}  ${type}  ${code === 'ENOTFOUND' || code === 'ENODATA' ? 'no answer' : code}`)
  process.exitCode = 1
}
