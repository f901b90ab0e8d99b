// `sidenet serve`: answers admission requests. Reads flags, hands them to main, which does the work.

import type { Command } from 'commander'
import { describeProblem } from '../core/problem.ts'
import type { ServeFlags } from '../config.ts'
import { addSettingOptions } from './setting-options.ts'

const EXAMPLES = `
On this machine, against the cluster of a kubeconfig (apply "sidenet manifests --webhook-url …" first):
  sidenet serve --kubeconfig ~/.kube/config --listen 127.0.0.1:9443

Every flag can be given by environment too: SIDENET_LISTEN, SIDENET_LOG_LEVEL and so on.
Settings that change a verdict are read from the ConfigMap sidenet-config; a flag of the same name overrides it.`

/** Adds the command `serve`. */
export function addServe(program: Command): void {
  const serve = program
    .command('serve')
    .summary('refuse the deletion of networks in use, and keep EndpointSlices')
    .description(
      'Answers admission requests and keeps EndpointSlices until it is told to end (SIGTERM or Ctrl-C), then drains and ends.',
    )
    .option(
      '--kubeconfig <file>',
      'how to reach the cluster (default: as kubectl, or the Pod’s ServiceAccount)',
    )
    .option('--listen <address>', 'where the API server reaches the webhook, over TLS (default: :9443)')
    .option('--metrics-listen <address>', '/healthz, /readyz and /metrics, plain HTTP (default: :8080)')
    .option('--only <part>', 'webhook or reconcile: only this part of the work (default: both)')
    .option(
      '--recover <how>',
      'a network that is gone although Pods use it: report it on the Pods, or recreate it too, for which "sidenet manifests --recover recreate" prints the right (default: report)',
    )
    .option('--namespace <name>', 'where the Secret and the settings live (default: sidenet-system)')
    .option('--tls-min-version <version>', '1.2 or 1.3 (default: 1.3)')
    .option(
      '--tls-cert-file <file>',
      'serve with this certificate instead of a self-made one; with --tls-key-file',
    )
    .option('--tls-key-file <file>', 'its key')
    .option('--log-level <level>', 'debug, info, warn or error (default: info)')
  addSettingOptions(serve).addHelpText('after', EXAMPLES).action(runServe)
}

async function runServe(flags: ServeFlags, command: Command): Promise<void> {
  const { readServeConfig } = await import('../config.ts')
  const config = readServeConfig(flags, process.env)
  if (!config.ok) {
    const lines = config.problems.map((problem) => `error: ${describeProblem(problem)}`)
    command.error(lines.join('\n'), { exitCode: 64 })
  }
  const { serve } = await import('../main.ts')
  process.exitCode = await serve(config.value)
}
