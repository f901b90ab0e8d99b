import { describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startTime } from '../control-plane/registry.ts'
import { reap, startControlPlane } from '../control-plane/start.ts'
import { installNadCrd } from '../support/crds.ts'
import { startKubelet } from '../support/kubelet.ts'
import { makes, nadPath, podPath } from '../support/objects.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const ORPHAN_OWNER = fileURLToPath(new URL('../control-plane/orphan-owner.ts', import.meta.url))

const isGone = (pid: number): boolean => startTime(pid) === undefined

describe('a control plane', () => {
  const controlPlane = useControlPlane({
    users: [{ name: 'nobody-special' }, { name: 'reader', groups: ['readers'] }],
  })

  it('answers its admin, by kubectl and by plain requests', async () => {
    const { kubectl, request } = controlPlane()
    expect(await kubectl(['get', 'namespace', 'default', '-o', 'name'])).toEqual({
      stdout: 'namespace/default\n',
      stderr: '',
      status: 0,
    })
    expect(await request('GET', '/version')).toMatchObject({ status: 200, body: { gitVersion: 'v1.36.3' } })
  })

  it('reads from stdin what kubectl applies', async () => {
    const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'applied' } })
    const applied = await controlPlane().kubectl(['apply', '-f', '-'], { input: manifest })
    expect(applied).toMatchObject({ stdout: 'namespace/applied created\n', status: 0 })
  })

  it('refuses a user without rights, whoever asks and however', async () => {
    const { kubectl, request } = controlPlane()
    const refused = await kubectl(['get', 'pods', '-A'], { user: 'nobody-special' })
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('pods is forbidden: User "nobody-special" cannot list resource "pods"')
    const asked = await request('GET', '/api/v1/pods', undefined, { user: 'nobody-special' })
    expect(asked).toMatchObject({ status: 403, body: { reason: 'Forbidden' } })
  })

  it('knows the groups of a user', async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    const { body } = await controlPlane().request('POST', path, review, { user: 'reader' })
    expect(body).toMatchObject({
      status: { userInfo: { username: 'reader', groups: ['readers', 'system:authenticated'] } },
    })
  })

  it('says which users it has when asked for another', () => {
    expect(() => controlPlane().token('stranger')).toThrow('no user "stranger"; its users: admin')
  })

  it('counts every request once, with who asked for what and how it ended', async () => {
    const { request, auditEvents } = controlPlane()
    const since = new Date()
    for (let time = 0; time < 5; time += 1)
      await request('GET', '/api/v1/nodes', undefined, { user: 'reader' })
    const events = await auditEvents({ since, filter: ({ user }) => user.username === 'reader' })
    expect(
      events.map(({ verb, objectRef, responseStatus }) => [verb, objectRef?.resource, responseStatus?.code]),
    ).toEqual(Array.from({ length: 5 }, () => ['list', 'nodes', 403]))
  })

  it('counts a watch while it is open, and as the same one when it has ended', async () => {
    const { watch, auditEvents } = controlPlane()
    const since = new Date()
    const ending = new AbortController()
    const events = watch('/api/v1/configmaps', { signal: ending.signal })
    await events.next()
    const watches = (): ReturnType<typeof auditEvents> =>
      auditEvents({
        since,
        filter: ({ verb, userAgent }) => verb === 'watch' && userAgent === 'sidenet-test',
      })
    const open = await watches()
    expect(open.map(({ stage }) => stage)).toEqual(['ResponseStarted'])
    ending.abort()
    await expect(events.next()).rejects.toThrow()
    await eventually(
      async () => {
        const ended = await watches()
        expect(ended.map(({ stage }) => stage)).toEqual(['ResponseComplete'])
        return true
      },
      { what: 'the watch is written down as ended' },
    )
  })

  it('runs Pods to their end as a node would, with the status that kubelet and Multus write', async () => {
    const { kubectl, request } = controlPlane()
    await installNadCrd(controlPlane())
    const make = makes(controlPlane())
    await make.namespace('blue')
    await make.nad('blue', 'macvlan-a')
    const pod = await make.pod('blue', 'db-0', { networks: 'macvlan-a', status: ['blue/macvlan-a'] })
    expect(pod.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\.244\./) })
    expect(JSON.parse(pod.metadata?.annotations?.['k8s.v1.cni.cncf.io/network-status'] ?? '')).toMatchObject([
      { name: 'cbr0', default: true },
      { name: 'blue/macvlan-a', interface: 'net1' },
    ])
    const kubelet = startKubelet(controlPlane())
    try {
      expect(await kubectl(['delete', 'pod', '-n', 'blue', 'db-0', '--timeout=30s'])).toMatchObject({
        status: 0,
      })
      expect(await request('GET', podPath('blue', 'db-0'))).toMatchObject({ status: 404 })
      expect(await request('GET', nadPath('blue', 'macvlan-a'))).toMatchObject({ status: 200 })
    } finally {
      await kubelet.stop()
    }
  })

  it('is the same cluster after its API server was restarted', async () => {
    const { kubectl, request, restartApiServer, pids } = controlPlane()
    const before = pids()
    await request('POST', '/api/v1/namespaces', { metadata: { name: 'kept' } })
    await restartApiServer()
    expect(pids()['kube-apiserver']).not.toBe(before['kube-apiserver'])
    expect(pids()['etcd']).toBe(before['etcd'])
    expect(await kubectl(['get', 'namespace', 'kept', '-o', 'name'])).toMatchObject({
      stdout: 'namespace/kept\n',
    })
  })
})

describe('what a control plane leaves behind', () => {
  it('is nothing after it was stopped, neither process nor folder', async () => {
    const { folder, pids, stop } = await startControlPlane({ controllers: ['namespace-controller'] })
    const started = pids()
    expect(Object.keys(started).sort()).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager'])
    await stop()
    expect(Object.values(started).filter((pid) => !isGone(pid))).toEqual([])
    expect(existsSync(folder)).toBe(false)
    await stop()
  })

  it('is ended and removed by whoever comes next when its owner was killed', async () => {
    const owner = spawn(process.execPath, [ORPHAN_OWNER], { stdio: ['ignore', 'pipe', 'inherit'] })
    const { folder, pids } = JSON.parse(await firstLine(owner.stdout)) as {
      readonly folder: string
      readonly pids: readonly number[]
    }
    await reap()
    expect(pids.filter(isGone)).toEqual([])
    owner.kill('SIGKILL')
    await eventually(() => isGone(owner.pid ?? 0), { what: 'the owner is gone' })
    expect(pids.filter(isGone)).toEqual([])

    await eventually(async () => (await reap(), pids.every(isGone)), { what: 'its programs are gone too' })
    expect(existsSync(folder)).toBe(false)
  })

  it('is nothing when it could not start, and the error says what the program said', async () => {
    const failing = startControlPlane({ controllers: false, apiServerFlags: ['--no-such-flag'] })
    await expect(failing).rejects.toThrow(/kube-apiserver ended with status 1.*unknown flag: --no-such-flag/s)
  })
})

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line
  throw new Error('it ended before it said anything')
}
