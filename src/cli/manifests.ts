// `sidenet manifests`: prints everything to install as YAML. Reads its flags, renders, prints.
// Never talks to a cluster: applying is kubectl's.

import type { Command } from 'commander'
import type { Manifest } from '../manifests/manifest.ts'
import type { Flags } from '../manifests/options.ts'

const EXAMPLES = `
Install into the cluster:
  sidenet manifests --image registry.example/sidenet:0.1.0 | kubectl apply -f -

Try it without installing an image: Sidenet runs on this machine, as user jane
  sidenet manifests --webhook-url https://127.0.0.1:9443 --subject User:jane | kubectl apply -f -
  sidenet serve --kubeconfig ~/.kube/config --listen 127.0.0.1:9443

Applying again changes nothing. The ConfigMap sidenet-config with your settings is not among what is printed,
so it is never overwritten; manifests/examples/sidenet-config.yaml shows what it may hold.`

/** Adds the command `manifests`. */
export function addManifests(program: Command): void {
  program
    .command('manifests')
    .summary('print everything to install as YAML')
    .description('Prints everything to install as YAML on stdout, ready for "kubectl apply -f -".')
    .option('--namespace <name>', 'the Namespace to live in (default: sidenet-system)')
    .option('--image <image>', 'the image of the Deployment')
    .option(
      '--webhook-url <url>',
      'Sidenet runs outside the cluster and is reached there, like https://127.0.0.1:9443; no workloads are printed',
    )
    .option(
      '--subject <who>',
      'who else gets the rights to serve: User:NAME, Group:NAME or ServiceAccount:NAMESPACE/NAME; may be repeated',
      (who: string, before: readonly string[] = []) => [...before, who],
    )
    .option(
      '--recover <how>',
      'recreate: networks that vanished are put back, for which the right to create them is printed too (default: report)',
    )
    .addHelpText('after', EXAMPLES)
    .action(printManifests)
}

async function printManifests(flags: Flags, command: Command): Promise<void> {
  const { parseFlags } = await import('../manifests/options.ts')
  const options = parseFlags(flags)
  if (!options.ok) {
    const lines = options.problems.map(({ field, message }) => `error: ${field} ${message}`)
    command.error(lines.join('\n'), { exitCode: 64 })
  }
  const { readManifests, readRecovery, projectRoot } = await import('../manifests/read.ts')
  const { render } = await import('../manifests/render.ts')
  const root = projectRoot()
  const files = [...readManifests(root), ...(options.value.recreates ? readRecovery(root) : [])]
  const manifests = render(files, options.value)
  process.stdout.write(await toYaml(manifests, heading(command.parent?.version() ?? '', flags)))
}

function heading(version: string, { namespace, image, webhookUrl, subject = [], recover }: Flags): string {
  const flags = [
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ...(image === undefined ? [] : ['--image', image]),
    ...(webhookUrl === undefined ? [] : ['--webhook-url', webhookUrl]),
    ...subject.flatMap((who) => ['--subject', who]),
    ...(recover === undefined ? [] : ['--recover', recover]),
  ]
  return `# Everything to install for Sidenet ${version}, made by: ${['sidenet manifests', ...flags.map(quoted)].join(' ')}\n`
}

/** As a shell would need it, so that the line can be copied. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** kubectl reads YAML 1.1, in which a bare `off` or `yes` is a boolean; so such words are quoted. */
async function toYaml(manifests: readonly Manifest[], comment: string): Promise<string> {
  const { stringify } = await import('yaml')
  return (
    comment +
    manifests.map((manifest) => `---\n${stringify(manifest, { version: '1.1', lineWidth: 0 })}`).join('')
  )
}
