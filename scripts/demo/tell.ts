// How the demo speaks: headings, commands as a person would type them, and their real output. Never decides anything.

import { spawn } from 'node:child_process'

const coloured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const paint =
  (code: number) =>
  (text: string): string =>
    coloured ? `\u001b[${code}m${text}\u001b[0m` : text
const bold = paint(1)
const faint = paint(2)

export function heading(text: string): void {
  console.log(`\n${bold(text)}`)
}

export function say(text: string): void {
  console.log(text)
}

export interface Ran {
  readonly status: number | null
  /** stdout and stderr in the order in which they came, as a terminal shows them. */
  readonly output: string
}

/** Runs a command line in a shell and shows both the line and what it printed. */
export async function run(line: string, environment: NodeJS.ProcessEnv): Promise<Ran> {
  console.log(`${faint('$')} ${line}`)
  const child = spawn('sh', ['-c', `${line} 2>&1`], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    process.stdout.write(text)
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  return { status, output }
}
