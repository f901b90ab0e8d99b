// `sidenet why` on a real control plane, beside a Sidenet that publishes: each sentence where the cluster is so.

import { execFile, type ExecFileException } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, NO_POD_KEY, type Reason } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes, podPath, type Makes } from '../support/objects.ts'
import { installSidenet, startSidenet, type Sidenet } from '../support/sidenet.ts'
import '../support/time-limit.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }, { name: 'stranger' }] })
const SIDENET = fileURLToPath(new URL('../../bin/sidenet', import.meta.url))
let sidenet: Sidenet
let make: Makes

beforeAll(async () => {
  make = makes(cluster())
  await installNadCrd(cluster())
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  await installSidenet(cluster(), 9443)
  // What admission adds is written by the tests; here the loop is alone.
  for (const kind of ['mutating', 'validating'])
    await cluster().request(
      'DELETE',
      `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/sidenet`,
    )
  sidenet = await startSidenet(cluster(), { install: false, flags: ['--only', 'reconcile'] })
  await make.namespace('blue')
  await make.nad('blue', 'br0')
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.stop(), HOOK_TIMEOUT)

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function why(args: readonly string[], user = 'admin'): Promise<Ended> {
  const kubeconfig = ['--kubeconfig', cluster().kubeconfigFor(user)]
  return new Promise((resolve) =>
    execFile(SIDENET, ['why', ...args, ...kubeconfig], (error: ExecFileException | null, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    ),
  )
}

interface Explanation {
  readonly state: string
  readonly reason: string
  readonly pods: readonly { pod: string; published: string; addresses: readonly string[]; reason: string }[]
}

const explained = async (what: string, namespace: string): Promise<Explanation> =>
  JSON.parse((await why([what, '-n', namespace, '-o', 'json'])).stdout) as Explanation

/** What was written last may have to be published first. */
const settled = (what: string, namespace: string, status: number): Promise<Ended> =>
  eventually(
    async () => {
      const ended = await why([what, '-n', namespace])
      return ended.status === status && !ended.stdout.includes('SlicesNotWritten') ? ended : undefined
    },
    { what: `why ${what} ends with ${status}`, timeout: 20_000 },
  )

const servicePath = (namespace: string): string => `/api/v1/namespaces/${namespace}/services`
const service = (name: string, more: { annotations?: object; spec?: object } = {}): object => ({
  metadata: { name, annotations: { [ANNOTATIONS.networks]: 'br0', ...more.annotations } },
  spec: {
    clusterIP: 'None',
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: ['IPv4'],
    selector: { app: name, [NO_POD_KEY]: 'true' },
    ports: [{ port: 80 }],
    ...more.spec,
  },
})

describe('a Service', () => {
  it('that is published is told with its Pods, and the command ends with 0', async () => {
    await make.pod('blue', 'good-0', {
      labels: { app: 'good' },
      status: [{ name: 'blue/br0', ips: ['192.0.2.61'] }],
    })
    await make.create(servicePath('blue'), service('good'))
    const { stdout, stderr } = await settled('svc/good', 'blue', 0)
    expect(stderr).toBe('')
    expect(stdout).toBe(
      `
Service blue/good on network blue/br0: publishing (EndpointsPublished)
1 of 1 selected Pods have addresses to publish, 1 of them ready.

POD      PUBLISHED   ADDRESSES    READY   WHY NOT
good-0   yes         192.0.2.61   yes
`.trimStart(),
    )
    expect(await why(['services', 'good', '-n', 'blue'])).toEqual({ status: 0, stdout, stderr })
  })

  it('tells each Pod that is left out with its one reason, and the command ends with 1', async () => {
    const labels = { app: 'each' }
    const at = (...ips: readonly string[]) => [{ name: 'blue/br0', ips }]
    const expected: Partial<Record<Reason, Parameters<Makes['pod']>[2]>> = {
      EndpointsPublished: { status: at('192.0.2.70') },
      PodFinished: { status: at('192.0.2.71'), phase: 'Succeeded' },
      PodOnHostNetwork: { hostNetwork: true },
      NetworkStatusMissing: {},
      NetworkStatusUnreadable: { status: '[{"name": 5}]' },
      NetworkStatusNotBelieved: {
        status: JSON.stringify([{ name: 'cbr0', ips: ['10.244.99.99'], default: true }]),
      },
      PodAddressUnknown: {
        status: JSON.stringify([{ name: 'cbr0', ips: ['10.244.99.98'], default: true }]),
        phase: 'Pending',
      },
      NetworkNotAttached: { status: [{ name: 'blue/br1' }] },
      AttachmentWithoutAddress: { status: at() },
      AddressUnusable: { status: at('169.254.1.1') },
      AddressOfServiceRange: { status: at('10.96.0.77') },
      AddressOfAnotherPod: { status: at('10.244.200.7') },
      AddressFamilyNotServed: { status: at('fd00:1::9') },
      NodeUnknown: { status: at('192.0.2.72'), nodeName: 'node-9' },
    }
    await make.pod('blue', 'another', { podIps: ['10.244.200.7'] })
    for (const [reason, options] of Object.entries(expected))
      await make.pod('blue', reason.toLowerCase(), { labels, ...options })
    await make.create(servicePath('blue'), service('each'))
    await settled('svc/each', 'blue', 1)
    const { state, pods } = await explained('svc/each', 'blue')
    expect(state).toBe('publishing')
    expect(Object.fromEntries(pods.map(({ pod, reason }) => [pod, reason]))).toEqual(
      Object.fromEntries(Object.keys(expected).map((reason) => [`blue/${reason.toLowerCase()}`, reason])),
    )
    expect(pods.filter(({ published }) => published === 'yes').map(({ addresses }) => addresses)).toEqual([
      ['192.0.2.70'],
    ])
  })

  it('that a built-in slice holds back says whose it is and what removes it', async () => {
    await make.namespace('held')
    await make.pod('held', 'a', { labels: { app: 'held' }, status: [{ name: 'held/br0' }] })
    const own = { selector: { app: 'held' } }
    await make.create(
      servicePath('held'),
      service('held', { annotations: { [ANNOTATIONS.networks]: null }, spec: own }),
    )
    const slices = '/apis/discovery.k8s.io/v1/namespaces/held/endpointslices'
    const builtIn = await eventually(
      async () => {
        const [slice] = (await cluster().request('GET', slices)).body.items ?? []
        return JSON.stringify(slice ?? {}).includes('"targetRef"') ? slice?.metadata?.name : undefined
      },
      { what: 'the built-in controller has published the first address' },
    )
    // Losing its selector, the Service keeps the slices that the built-in controllers made last.
    await cluster().request('PATCH', `${servicePath('held')}/held`, {
      metadata: { annotations: { [ANNOTATIONS.networks]: 'br0', [ANNOTATIONS.selector]: 'app=held' } },
      spec: { selector: null },
    })
    const { stdout } = await settled('svc/held', 'held', 1)
    expect(stdout).toContain('Service held/held on network held/br0: held back (HeldBackByOtherSlice)')
    // The legacy Endpoints may have been mirrored already: then there are two slices, and either may be named.
    expect(stdout).toMatch(
      new RegExp(`kubectl delete (endpointslice -n held ${builtIn}|endpoints -n held held)`),
    )
    expect(stdout).toContain('NetworkAttachmentDefinition held/br0 does not exist yet')
    // Whatever is named, following the advice ends it.
    await eventually(
      async () => {
        const { status, stdout } = await why(['svc/held', '-n', 'held'])
        const [, advice] = /kubectl (delete .*)/.exec(stdout) ?? []
        if (advice !== undefined) await cluster().kubectl(advice.split(' '))
        return status === 0
      },
      { what: 'following the advice, it is published', timeout: 20_000 },
    )
  })

  it('that is on no secondary network says so, and what would put it on one', async () => {
    const { status, stdout } = await why(['svc/kubernetes', '-n', 'default'])
    expect(status).toBe(0)
    expect(stdout).toContain('on no secondary network')
    expect(stdout).toContain(
      'kubectl annotate service -n default kubernetes k8s.v1.cni.cncf.io/networks=NAME',
    )
  })
})

describe('a NetService', () => {
  const netServices = '/apis/sidenet.io/v1alpha1/namespaces/blue/netservices'
  const netService = (name: string): object => ({
    apiVersion: 'sidenet.io/v1alpha1',
    kind: 'NetService',
    metadata: { name },
    spec: { netAttachDef: 'br0', selector: { app: 'good' } },
  })

  it('is told like a Service, by either name', async () => {
    await make.create(netServices, netService('named'))
    const { stdout } = await settled('nsvc/named', 'blue', 0)
    expect(stdout).toMatch(/^NetService blue\/named on network blue\/br0: publishing /)
    expect((await why(['svc/named', '-n', 'blue'])).stdout).toBe(stdout)
  })

  it('whose name is taken says by whom and how to hand it over', async () => {
    await make.create(netServices, netService('each'))
    const { status, stdout } = await why(['nsvc/each', '-n', 'blue'])
    expect(status).toBe(1)
    expect(stdout).toContain('refused (ServiceTaken)')
    expect(stdout).toContain('sidenet.io/adopt=each')
    await cluster().request('DELETE', `${netServices}/each`)
  })
})

describe('a Pod', () => {
  it('is told with its networks and every Service that selects it', async () => {
    const { status, stdout } = await settled('pod/good-0', 'blue', 0)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^blue\/br0 .* yes .* 192\.0\.2\.61 on net1$/m)
    expect(stdout).toMatch(/^svc\/good +blue\/br0 +yes +192\.0\.2\.61$/m)
    expect(stdout).toMatch(/^nsvc\/named +blue\/br0 +yes +192\.0\.2\.61$/m)
  })

  it('that asks for a network of a wrong name is told which one may be meant', async () => {
    await make.pod('blue', 'astray', { networks: 'br9', labels: { app: 'astray' }, phase: 'Pending' })
    const { status, stdout } = await why(['po/astray', '-n', 'blue'])
    expect(status).toBe(1)
    expect(stdout).toContain('NetworkAttachmentDefinition "blue/br9" does not exist; did you mean blue/br0?')
    expect(stdout).toContain('No Service and no NetService of its namespace selects Pod blue/astray.')
  })

  it('whose annotation cannot be read is told where', async () => {
    await make.pod('blue', 'unreadable', { networks: '[{"name": 5}]' })
    const { status, stdout } = await why(['pod/unreadable', '-n', 'blue'])
    expect(status).toBe(1)
    expect(stdout).toContain('Warning: Multus cannot read its annotation k8s.v1.cni.cncf.io/networks')
  })
})

describe('what cannot be answered', () => {
  it.each([
    ['svc/goood', /^sidenet: there is no Service blue\/goood; did you mean svc\/good\?\n$/],
    [
      'nsvc/good',
      /^sidenet: there is no NetService blue\/good; there is a Service of that name: sidenet why svc\/good\n$/,
    ],
    [
      'pod/nothing-like-it',
      /^sidenet: there is no Pod blue\/nothing-like-it; "kubectl get pods -n blue" lists/,
    ],
  ])('%s ends with 2 and says what there is', async (what, message) => {
    const { status, stdout, stderr } = await why([what, '-n', 'blue'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })

  it('for want of rights ends with 2 and names the right', async () => {
    const { status, stdout, stderr } = await why(['svc/good', '-n', 'blue'], 'stranger')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^sidenet: cannot tell without reading .*: .*User "stranger" cannot list resource/)
  })

  it('because it is no question ends with 64', async () => {
    const { status, stderr } = await why(['deploy/good'])
    expect(status).toBe(64)
    expect(stderr).toContain('"deploy" is none of svc, nsvc and pod')
  })
})

it('says that nothing is written yet where no Sidenet runs', async () => {
  await sidenet.stop()
  await cluster().request('PATCH', `${podPath('blue', 'good-0')}/status`, {
    metadata: { annotations: { [ANNOTATIONS.networkStatus]: '[{"name":"blue/br0","ips":["192.0.2.62"]}]' } },
  })
  const { status, stdout } = await why(['svc/good', '-n', 'blue'])
  expect(status).toBe(1)
  expect(stdout).toMatch(/^good-0 +not yet +192\.0\.2\.62/m)
  expect(stdout).toContain('if this stays, no replica of Sidenet keeps EndpointSlices')
})
