// A whole Kubernetes control plane on this machine: real etcd, real API server, real controllers, no kubelet.
// Never outlives its owner for long: what a killed owner leaves behind is ended by the next start.

import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/wait.ts'
import { apiClient, type ApiClient } from './api-client.ts'
import { readAudit, type AuditEvent, type AuditLevel, type AuditQuery } from './audit.ts'
import { apiServerFlags, controllerManagerFlags, CONTROLLERS, etcdFlags } from './flags.ts'
import { freePort } from './free-port.ts'
import { runKubectl, type KubectlOptions, type KubectlResult } from './kubectl.ts'
import { startProgram, type Program } from './program.ts'
import { programsFolder } from './programs-folder.ts'
import { reap, register, type Registration } from './registry.ts'
import {
  kubeconfigPath,
  makeStateFolder,
  readAuthority,
  writeKubeconfigs,
  writeSettings,
} from './state-folder.ts'
import { ADMIN, KIT, newToken, type User } from './users.ts'

export { reap } from './registry.ts'
export type { Answer, ApiObject, RequestAs, WatchEvent } from './api-client.ts'
export type { AuditEvent, AuditQuery } from './audit.ts'
export type { KubectlResult } from './kubectl.ts'

export interface ControlPlaneOptions {
  /** Users beside `admin`. They have no rights but those of every authenticated user. */
  readonly users?: readonly User[]
  /** Flags for kube-apiserver; a later one wins over ours. */
  readonly apiServerFlags?: readonly string[]
  /** Service addresses of both families; default true. */
  readonly dualStack?: boolean
  /** Which controllers run: `true` (default) for those we have to live with, `false` for none, or just these. */
  readonly controllers?: boolean | readonly string[]
  readonly auditLevel?: AuditLevel
  /** Where its state lies; a new folder under the system's temporary one when left out. Removed by `stop`. */
  readonly folder?: string
}

export interface ControlPlane {
  readonly url: string
  /** PEM text of the authority behind the API server's certificate. */
  readonly ca: string
  readonly folder: string
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string
  /** Path of a user's kubeconfig. */
  readonly kubeconfigFor: (user: string) => string
  readonly token: (user?: string) => string
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>
  readonly request: ApiClient['request']
  readonly watch: ApiClient['watch']
  /** What the API server was asked, one entry per request, from its audit log. */
  readonly auditEvents: (query?: AuditQuery) => Promise<readonly AuditEvent[]>
  /** Ends kube-apiserver; everything that talks to it loses its connection. */
  readonly stopApiServer: () => Promise<void>
  readonly startApiServer: () => Promise<void>
  readonly restartApiServer: () => Promise<void>
  /** Process ids of what runs now, by program. */
  readonly pids: () => Readonly<Record<string, number>>
  /** Writes down another process that belongs to this control plane, so that it is ended if we are killed. */
  readonly register: Registration['add']
  /** Whether the controllers run that make a ServiceAccount in every namespace. */
  readonly hasServiceAccounts: boolean
  /** Ends every program and removes the folder; a second call does nothing. */
  readonly stop: () => Promise<void>
}

/** Starts one and waits until it answers; first ends what killed owners left behind. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  await reap()
  const programs = await programsFolder()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await begin(programs, options)
    } catch (error) {
      // Somebody took a port between our look and the program's.
      if (attempt === 3 || !String(error).includes('address already in use')) throw error
    }
  }
}

async function begin(programs: string, options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = options.folder ?? join(tmpdir(), `sidenet-control-plane-${randomBytes(6).toString('hex')}`)
  const registration = register(folder)
  const running = new Map<string, Program>()
  const start = (name: string, args: readonly string[]): Program => {
    const program = startProgram({ name, path: join(programs, name), args, folder })
    running.set(name, program)
    registration.add(name, program.pid)
    return program
  }
  const stopPrograms = async (): Promise<void> => {
    for (const program of [...running.values()].reverse()) await program.stop(3_000)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    registration.close()
  }
  try {
    makeStateFolder(folder)
    return await assemble({ programs, folder, options, start, running, registration, stopPrograms })
  } catch (error) {
    await stopPrograms()
    throw error
  }
}

interface Parts {
  readonly programs: string
  readonly folder: string
  readonly options: ControlPlaneOptions
  readonly start: (name: string, args: readonly string[]) => Program
  readonly running: Map<string, Program>
  readonly registration: Registration
  readonly stopPrograms: () => Promise<void>
}

async function assemble({
  programs,
  folder,
  options,
  start,
  running,
  registration,
  stopPrograms,
}: Parts): Promise<ControlPlane> {
  const tokens = new Map<User, string>(
    [ADMIN, KIT, ...(options.users ?? [])].map((user) => [user, newToken()]),
  )
  const token = tokensByName(tokens)
  const controllers = chosenControllers(options.controllers)
  const hasServiceAccounts = controllers.includes('serviceaccount-controller')
  const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()]
  const url = `https://127.0.0.1:${port}`
  writeSettings(folder, tokens, options.auditLevel ?? 'Metadata')

  start('etcd', etcdFlags(folder, { client: etcdPort, peer: peerPort }))
  await untilHealthy(running, 'etcd', async () => (await fetch(`http://127.0.0.1:${etcdPort}/readyz`)).ok)

  const apiServer = apiServerFlags({
    folder,
    port,
    etcdPort,
    dualStack: options.dualStack ?? true,
    serviceAccounts: hasServiceAccounts,
    extra: options.apiServerFlags ?? [],
  })
  start('kube-apiserver', apiServer)
  const ca = await untilHealthy(running, 'kube-apiserver', () => Promise.resolve(readAuthority(folder)))
  writeKubeconfigs(folder, url, ca, tokens)
  const client = apiClient(url, ca, token)
  const isReady = async (): Promise<boolean> =>
    (await client.request('GET', '/readyz', undefined, { user: KIT.name })).status === 200
  const untilReady = (): Promise<boolean> => untilHealthy(running, 'kube-apiserver', isReady)
  await untilReady()
  if (controllers.length > 0) start('kube-controller-manager', controllerManagerFlags(folder, controllers))
  if (hasServiceAccounts)
    await untilHealthy(running, 'kube-controller-manager', hasDefaultServiceAccount(client))

  const stopApiServer = async (): Promise<void> => running.get('kube-apiserver')?.stop(2_000)
  const startApiServer = async (): Promise<void> => {
    start('kube-apiserver', apiServer)
    await untilReady()
  }
  const askAsKit = (path: string): Promise<unknown> =>
    client.request('GET', path, undefined, { user: KIT.name })
  return {
    url,
    ca,
    folder,
    kubeconfig: kubeconfigPath(folder, ADMIN.name),
    kubeconfigFor: (user) => (token(user), kubeconfigPath(folder, user)),
    token,
    kubectl: (args, how = {}) =>
      runKubectl(
        {
          path: join(programs, 'kubectl'),
          folder,
          config: (token(how.user), kubeconfigPath(folder, how.user ?? ADMIN.name)),
        },
        args,
        how,
      ),
    request: client.request,
    watch: client.watch,
    auditEvents: (query) => readAudit(join(folder, 'audit.log'), askAsKit, query),
    stopApiServer,
    startApiServer,
    restartApiServer: async () => {
      await stopApiServer()
      await startApiServer()
    },
    pids: () =>
      Object.fromEntries(
        [...running]
          .filter(([, program]) => program.ended() === undefined)
          .map(([name, { pid }]) => [name, pid]),
      ),
    register: registration.add,
    hasServiceAccounts,
    stop: async () => {
      client.close()
      await stopPrograms()
    },
  }
}

const chosenControllers = (choice: boolean | readonly string[] = true): readonly string[] =>
  choice === true ? CONTROLLERS : choice === false ? [] : choice

function tokensByName(tokens: ReadonlyMap<User, string>): (user?: string) => string {
  const byName = new Map([...tokens].map(([{ name }, token]) => [name, token]))
  return (user = ADMIN.name) => {
    const token = byName.get(user)
    if (token === undefined)
      throw new Error(`this control plane has no user "${user}"; its users: ${[...byName.keys()].join(', ')}`)
    return token
  }
}

const hasDefaultServiceAccount = (client: ApiClient) => async (): Promise<boolean> =>
  (
    await client.request('GET', '/api/v1/namespaces/default/serviceaccounts/default', undefined, {
      user: KIT.name,
    })
  ).status === 200

/** Waits for the condition, and no longer once a program has ended that it depends on. */
async function untilHealthy<T>(
  running: ReadonlyMap<string, Program>,
  what: string,
  condition: () => Promise<T>,
): Promise<NonNullable<T>> {
  return eventually(condition, {
    what: `${what} answers`,
    timeout: 120_000,
    interval: 20,
    hopeless: () => {
      const ended = [...running.values()].find((program) => program.ended() !== undefined)
      return ended && `${ended.name} ${ended.ended()}; its last lines:\n${ended.lastWords()}`
    },
  })
}
