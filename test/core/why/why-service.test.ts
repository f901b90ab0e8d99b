// What is said of a Service or NetService: its state, why, what should be known, and every selected Pod.

import { describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, LABELS, MANAGED_BY, NO_POD_KEY } from '../../../src/core/names.ts'
import { isComplete } from '../../../src/core/why/why-service.ts'
import { whyService } from '../../../src/core/why/why-service.ts'
import { podOf, sliceOf } from '../endpoints/makers.ts'
import { otherSlice, rawPod, rawService, rawSlice } from '../endpoints/pods.ts'
import { annotated, KEY, knowing, netService, why, type Around } from './makers.ts'

const ours = sliceOf(rawSlice())
const builtIn = otherSlice(MANAGED_BY.builtIn)
const own = rawService(
  { selector: undefined },
  { labels: { team: 'a', [LABELS.netServiceUid]: 'net-service-1' } },
)
const ofNetService = sliceOf(rawSlice({}, { labels: { ...ours.metadata?.labels, ...labelsOf(own) } }))
const finished = podOf(rawPod({ status: { phase: 'Succeeded' } }))
const unattached = podOf(rawPod({ annotations: {}, metadata: { name: 'db-1', uid: 'pod-1' } }))

describe('the state of a Service', () => {
  it.each<[string, Around, string, string, boolean, RegExp]>([
    [
      'that is published as asked',
      { service: annotated(), slices: [ours] },
      'publishing',
      'EndpointsPublished',
      true,
      /^1 of 1 selected Pods have addresses to publish, 1 of them ready\.$/,
    ],
    [
      'that nobody has written slices for yet',
      { service: annotated() },
      'publishing',
      'EndpointsPublished',
      false,
      /^1 of 1/,
    ],
    [
      'with one Pod that is left out',
      { service: annotated(), slices: [ours], pods: [podOf(rawPod()), unattached] },
      'publishing',
      'EndpointsPublished',
      false,
      /^1 of 2/,
    ],
    [
      'with nothing but a Pod that is left out',
      { service: annotated(), pods: [unattached] },
      'publishing',
      'NetworkStatusMissing',
      false,
      /^0 of 1/,
    ],
    [
      'with a Pod that has finished beside one that is published',
      {
        service: annotated(),
        slices: [ours],
        pods: [
          podOf(rawPod()),
          podOf(rawPod({ metadata: { name: 'db-9' }, status: { phase: 'Failed', podIPs: [] } })),
        ],
      },
      'publishing',
      'EndpointsPublished',
      true,
      /^1 of 2/,
    ],
    [
      'with finished Pods only',
      { service: annotated(), pods: [finished] },
      'publishing',
      'PodFinished',
      false,
      /^0 of 1/,
    ],
    [
      'that selects nothing',
      { service: annotated(), pods: [] },
      'publishing',
      'NothingSelected',
      false,
      /^The selector app=db matches no Pod of namespace blue; /,
    ],
    [
      'that a built-in slice holds back',
      { service: annotated(), slices: [builtIn] },
      'held back',
      'HeldBackByOtherSlice',
      false,
      /^EndpointSlice blue\/db-x, managed by .* kubectl delete endpointslice -n blue db-x$/,
    ],
    [
      'without the no-pod key',
      { service: annotated({}, { selector: { app: 'db' } }) },
      'held back',
      'NoPodKeyMissing',
      false,
      /apply the Service again/,
    ],
    [
      'whose annotation cannot be read',
      { service: annotated({ [ANNOTATIONS.networks]: 'br0,br1' }) },
      'refused',
      'ServiceInvalid',
      false,
      /^Nothing is published, because .*names 2 networks/,
    ],
    [
      'that is an ExternalName',
      { service: annotated({}, { type: 'ExternalName', clusterIP: '' }) },
      'refused',
      'ServiceInvalid',
      false,
      /ExternalName has no endpoints/,
    ],
    [
      'that is on the first network alone',
      { service: rawService() },
      'not asked',
      'NetworkNotNamed',
      true,
      /^It names no secondary network\. .*first addresses.* kubectl annotate service -n blue db k8s\.v1\.cni\.cncf\.io\/networks=NAME/,
    ],
    [
      'that names no network but says which Pods',
      { service: rawService({ selector: undefined }, { annotations: { [ANNOTATIONS.selector]: 'app=db' } }) },
      'not asked',
      'NetworkNotNamed',
      true,
      /means nothing without a network/,
    ],
    [
      'that still has a key which nobody took away',
      { service: rawService({ selector: { app: 'db', [NO_POD_KEY]: 'true' } }) },
      'not asked',
      'NetworkNotNamed',
      true,
      /find no Pod for it; apply it again/,
    ],
    [
      'that is given back and not taken over yet',
      { service: rawService(), slices: [ours] },
      'releasing',
      'ReleasePending',
      true,
      /keeps its endpoints .* do not hold blue\/db-0 yet/,
    ],
    [
      'that has been given back',
      { service: annotated({ [ANNOTATIONS.strategy]: 'release' }, { selector: { app: 'db' } }) },
      'gone',
      'SelectorGivenBack',
      true,
      /sidenet\.io\/strategy=release/,
    ],
    [
      'that is being deleted',
      { service: annotated({}, {}, { deletionTimestamp: '2026-11-21T10:00:00Z' }), slices: [ours] },
      'gone',
      'AlreadyTerminating',
      true,
      /^It is being deleted/,
    ],
  ])('%s', (_, around, state, reason, complete, message) => {
    const told = why(around)
    expect([told.state, told.reason, isComplete(told)]).toEqual([state, reason, complete])
    expect(told.message).toMatch(message)
  })
})

describe('the state of a NetService', () => {
  it.each<[string, Around, string, string, boolean, RegExp]>([
    [
      'whose Service and slices are there',
      { netService: netService(), service: own, slices: [ofNetService] },
      'publishing',
      'EndpointsPublished',
      true,
      /^1 of 1/,
    ],
    [
      'whose Service is not there yet',
      { netService: netService() },
      'waiting',
      'SlicesNotWritten',
      false,
      /^Service blue\/db is not there yet\./,
    ],
    [
      'whose Service is an earlier one on its way out',
      { netService: netService({}, { uid: 'net-service-2' }), service: { ...own, ...leaving() } },
      'waiting',
      'SlicesNotWritten',
      false,
      /on its way out/,
    ],
    [
      "whose name is somebody else's Service's",
      { netService: netService(), service: rawService() },
      'refused',
      'ServiceTaken',
      false,
      /hand it over with the annotation sidenet\.io\/adopt=db\.$/,
    ],
    [
      'that cannot work',
      { netService: netService({ netAttachDef: '', selector: {} }) },
      'refused',
      'NetServiceInvalid',
      false,
      /spec\.netAttachDef: is required.*spec\.selector: is required/,
    ],
    [
      'that is being deleted',
      { netService: netService({}, { deletionTimestamp: '2026-11-21T10:00:00Z' }) },
      'gone',
      'AlreadyTerminating',
      true,
      /^It is being deleted/,
    ],
  ])('%s', (_, around, state, reason, complete, message) => {
    const told = why(around)
    expect([told.speaker, told.state, told.reason]).toEqual(['NetService', state, reason])
    expect(isComplete(told)).toBe(complete)
    expect(told.message).toMatch(message)
  })

  function leaving(): object {
    return {
      metadata: { ...(own as { metadata: object }).metadata, deletionTimestamp: '2026-11-21T10:00:00Z' },
    }
  }
})

describe('what should be known beside it', () => {
  it.each<[string, Around, string, RegExp]>([
    [
      'the network does not exist, and which one was meant',
      { service: annotated(), slices: [ours], networks: ['blue/br1'] },
      'NetworkNotFound',
      /^Service blue\/db: NetworkAttachmentDefinition blue\/br0 does not exist yet; did you mean br1\?$/,
    ],
    [
      'nothing has been written',
      { service: annotated() },
      'SlicesNotWritten',
      /^One EndpointSlice is yet to be written or removed\. .* no replica of Sidenet keeps EndpointSlices\.$/,
    ],
    [
      'an annotation has a value that is none',
      { service: annotated({ [ANNOTATIONS.hostnames]: 'podname' }), slices: [ours] },
      'ServiceInvalid',
      /"podname" is none of None, PodName/,
    ],
    [
      'a foreign slice stands beside ours',
      { service: annotated(), slices: [ours, builtIn] },
      'OtherSliceBeside',
      /beside those of its network/,
    ],
    [
      'a NetService of the old group has the same name',
      { netService: netService(), outranked: netService(), service: own, slices: [ofNetService] },
      'NetServiceTaken',
      /delete one of the two/,
    ],
  ])('%s', (_, around, reason, message) => {
    const { notes } = why(around)
    expect(notes.map((note) => note.reason)).toEqual([reason])
    expect(notes[0]?.message).toMatch(message)
  })

  it('is nothing where all is well', () => {
    expect(why({ service: annotated(), slices: [ours] }).notes).toEqual([])
  })

  it('does not say twice what holds the Service back', () => {
    expect(why({ service: annotated(), slices: [builtIn] }).notes).toEqual([])
  })
})

describe('each selected Pod', () => {
  it('is published, not yet published, or left out for one reason', () => {
    const late = podOf(
      rawPod({
        metadata: { name: 'db-2', uid: 'pod-2' },
        status: { podIPs: [{ ip: '10.244.0.3' }] },
        networks: JSON.stringify([{ name: 'blue/br0', interface: 'net1', ips: ['10.1.0.3'] }]),
      }),
    )
    const { pods } = why({ service: annotated(), slices: [ours], pods: [podOf(rawPod()), unattached, late] })
    expect(pods.map(({ pod, published, addresses, reason }) => [pod, published, addresses, reason])).toEqual([
      ['blue/db-0', 'yes', ['10.1.0.1'], 'EndpointsPublished'],
      ['blue/db-1', 'no', [], 'NetworkStatusMissing'],
      ['blue/db-2', 'not yet', ['10.1.0.3'], 'SlicesNotWritten'],
    ])
  })

  it('of an earlier Service counts as not yet published', () => {
    const old = sliceOf(rawSlice({}, { ownerReferences: [] }))
    expect(why({ service: annotated(), slices: [old] }).pods.map(({ published }) => published)).toEqual([
      'not yet',
    ])
  })
})

it('knows nothing where there is neither a Service nor a NetService', () => {
  expect(whyService(KEY, knowing({}))).toBeUndefined()
})

function labelsOf(raw: object): object {
  return (raw as { metadata: { labels: object } }).metadata.labels
}
