// `sidenet why KIND/NAME`: why a Service, NetService or Pod is published as it is. Asks the core and prints.

import { Option, type Command } from 'commander'
import { readSubject, type Subject, type SubjectKind } from './why-subject.ts'
import { podJson, podText, serviceJson, serviceText } from './why-text.ts'
import type { ApiClient } from '../cluster/client.ts'
import type { OneLook } from '../cluster/one-look.ts'
import { didYouMean } from '../core/admission/did-you-mean.ts'
import { INSTALLED } from '../core/names.ts'
import { nameOf, namespaceOf, objectKey, type ObjectKey } from '../core/object-key.ts'
import type { WhyFacts } from '../core/why/facts.ts'
import { whyPod } from '../core/why/why-pod.ts'
import { isComplete, whyService } from '../core/why/why-service.ts'

const HELP = `
Examples:
  sidenet why svc/web
  sidenet why nsvc/example -n blue
  sidenet why pod/db-0 -n blue -o json

Kinds: svc, nsvc and pod, spelled as kubectl takes them (service, services, netservices.sidenet.io, po, …).
Exit status: 0 answered, and all that is asked for is published; 1 answered, and something is not: a Service that
publishes no Pod, or not every selected Pod that is still there, or a Pod without a network it asks for; 2 cannot tell,
because the object is not there or something may not be read; 64 wrong usage.
It reads as the user of the kubeconfig and changes nothing.`

interface WhyFlags {
  readonly namespace?: string
  readonly kubeconfig?: string
  readonly settingsNamespace?: string
  readonly output: 'text' | 'json'
}

/** Adds the command `why`. */
export function addWhy(program: Command): void {
  const command: Command = program
    .command('why')
    .argument('<what>', 'KIND/NAME, such as svc/web; or the kind alone, and NAME beside it')
    .argument('[name]', 'NAME where the first argument is a kind alone')
    .summary('why is a Service, NetService or Pod published, or not?')
    .description(
      'Says on which network a Service or NetService is, what becomes of it, and for each selected Pod whether it is ' +
        'published or the one reason why not; of a Pod, which networks it holds and which Services publish it.',
    )
    .option('-n, --namespace <name>', 'where it lives (default: as the kubeconfig says)')
    .option('--kubeconfig <file>', 'how to reach the cluster (default: as kubectl)')
    .option(
      '--settings-namespace <name>',
      `where the ConfigMap ${INSTALLED.configMap} lives (default: ${INSTALLED.namespace}); asked of Pods only`,
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (what: string, name: string | undefined, flags: WhyFlags) => {
      const subject = readSubject(what, name)
      if (!subject.ok)
        command.error(`error: ${subject.problems.map(({ message }) => message).join('; ')}`, { exitCode: 64 })
      const { text, status } = await ask(subject.value, flags)
      process.stdout.write(`${text}\n`)
      process.exitCode = status
    })
}

interface Answer {
  readonly text: string
  readonly status: number
}

async function ask({ kind, name }: Subject, flags: WhyFlags): Promise<Answer> {
  const { contextNamespace, loadCredentials } = await import('../cluster/credentials.ts')
  const { apiClient } = await import('../cluster/client.ts')
  const { systemClock: clock } = await import('../cluster/clock.ts')
  const { lookAt } = await import('../cluster/one-look.ts')
  const credentials = loadCredentials(flags.kubeconfig)
  const client = apiClient(credentials, { version: 'cli', clock })
  try {
    const key = objectKey(flags.namespace || contextNamespace(credentials), name)
    const multusNamespace = await multusNamespaceFor(kind, client, flags)
    const look = await lookAt(namespaceOf(key), {
      client,
      clock,
      multusNamespace,
      maxPerSlice: MAX_PER_SLICE,
    })
    return kind === 'pod' ? aboutPod(key, look, flags.output) : aboutService(kind, key, look, flags.output)
  } finally {
    client.close()
  }
}

/** As `serve` has it. */
const MAX_PER_SLICE = 100

/** Only what a Pod asks for depends on a setting; who asks of a Service need not be able to read them. */
async function multusNamespaceFor(
  kind: SubjectKind,
  client: ApiClient,
  { settingsNamespace = INSTALLED.namespace }: WhyFlags,
): Promise<string> {
  const { readSettings } = await import('../cluster/settings-map.ts')
  const { DEFAULT_SETTINGS } = await import('../core/settings.ts')
  const settings = kind === 'pod' ? await readSettings(client, settingsNamespace, {}) : DEFAULT_SETTINGS
  return settings.multusNamespace
}

function aboutService(
  kind: Exclude<SubjectKind, 'pod'>,
  key: ObjectKey,
  look: OneLook,
  output: WhyFlags['output'],
): Answer {
  const facts = factsAbout(key, look)
  const there = kind === 'svc' ? facts.scene.service : facts.scene.netService
  const why = there && whyService(key, facts)
  if (why === undefined) throw notThere(kind, key, look)
  const text = output === 'json' ? serviceJson(why) : serviceText(why)
  return { text, status: isComplete(why) ? 0 : 1 }
}

function aboutPod(key: ObjectKey, look: OneLook, output: WhyFlags['output']): Answer {
  const known = look.pod(key)
  if (known?.endpoint === undefined) throw notThere('pod', key, look)
  const names = [...new Set([...look.names.services, ...look.names.netServices])]
  const services = names.flatMap((name) => whyService(name, factsAbout(name, look)) ?? [])
  const { endpoint: pod, uses, unreadable } = known
  const why = whyPod({ pod, uses, unreadable, ...networksOf(look) }, services)
  return { text: output === 'json' ? podJson(why) : podText(why), status: why.complete ? 0 : 1 }
}

function factsAbout(key: ObjectKey, look: OneLook): WhyFacts {
  return {
    scene: look.world.see(key),
    facts: (record, standing) => look.world.facts(record, standing),
    ...networksOf(look),
  }
}

function networksOf({ world, networks }: OneLook): Pick<WhyFacts, 'networkExists' | 'networks'> {
  return { networkExists: (nad) => world.networkExists(nad), networks }
}

const KINDS = {
  svc: { name: 'Service', names: 'services', command: 'svc' },
  nsvc: { name: 'NetService', names: 'netServices', command: 'nsvc' },
  pod: { name: 'Pod', names: 'pods', command: 'pods' },
} as const

function notThere(kind: SubjectKind, key: ObjectKey, { names }: OneLook): Error {
  const { name, names: own, command } = KINDS[kind]
  const other = (Object.keys(KINDS) as SubjectKind[]).find(
    (each) => each !== kind && names[KINDS[each].names].includes(key),
  )
  const meant = didYouMean(key, names[own])
  const hint = meant
    ? `did you mean ${kind}/${nameOf(meant)}?`
    : other
      ? `there is a ${KINDS[other].name} of that name: sidenet why ${other}/${nameOf(key)}`
      : `"kubectl get ${command} -n ${namespaceOf(key)}" lists those there are`
  return new Error(`there is no ${name} ${key}; ${hint}`)
}
