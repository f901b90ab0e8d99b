// NetServices that cannot work, rule by rule: what is wrong, and under which field it has to be told.
// The same table is put to our own rules and to the CRD on a real API server.

import { netService } from './make.ts'

export interface BadNetService {
  readonly what: string
  readonly object: object
  /** The fields of our causes, in order. */
  readonly fields: readonly string[]
  /** Where the API server tells it under other fields: it knows no place inside a map or a list. */
  readonly crdFields?: readonly string[]
}

const port = (entry: Readonly<Record<string, unknown>>): object =>
  netService({ ports: [{ port: 80, ...entry }] })
const bad = (what: string, object: object, ...fields: string[]): BadNetService => ({ what, object, fields })

export const BAD_NET_SERVICES: readonly BadNetService[] = [
  { ...bad('no spec', { ...netService(), spec: undefined }, 'spec') },
  bad('no network', netService({ netAttachDef: undefined }), 'spec.netAttachDef'),
  bad('an empty network', netService({ netAttachDef: '' }), 'spec.netAttachDef'),
  bad('a network that is blank', netService({ netAttachDef: '  ' }), 'spec.netAttachDef'),
  bad('a network that is a number', netService({ netAttachDef: 7 }), 'spec.netAttachDef'),
  bad('two networks', netService({ netAttachDef: 'core,edge' }), 'spec.netAttachDef'),
  bad('a network in JSON', netService({ netAttachDef: '[{"name":"core"}]' }), 'spec.netAttachDef'),
  bad('a name with capitals', netService({ netAttachDef: 'Core' }), 'spec.netAttachDef'),
  bad('a name with an underscore', netService({ netAttachDef: 'blue/a_b' }), 'spec.netAttachDef'),
  bad('a namespace with a dot', netService({ netAttachDef: 'b.c/core' }), 'spec.netAttachDef'),
  bad('two slashes', netService({ netAttachDef: 'a/b/c' }), 'spec.netAttachDef'),
  bad('two ats', netService({ netAttachDef: 'core@net1@net2' }), 'spec.netAttachDef'),
  bad('a namespace without a name', netService({ netAttachDef: 'blue/' }), 'spec.netAttachDef'),
  bad('an interface without a name', netService({ netAttachDef: '@net1' }), 'spec.netAttachDef'),
  bad(
    'an interface of 16 characters',
    netService({ netAttachDef: 'core@abcdefghijklmnop' }),
    'spec.netAttachDef',
  ),
  bad('an interface with a blank', netService({ netAttachDef: 'core@net 1' }), 'spec.netAttachDef'),

  bad('no selector', netService({ selector: undefined }), 'spec.selector'),
  bad('an empty selector', netService({ selector: {} }), 'spec.selector'),
  bad('a selector that is text', netService({ selector: 'app=a' }), 'spec.selector'),
  {
    ...bad('a label that is a number', netService({ selector: { app: 1 } }), 'spec.selector[app]'),
    crdFields: ['spec.selector.app'],
  },
  {
    ...bad('a label that cannot be', netService({ selector: { app: 'a b' } }), 'spec.selector[app]'),
    crdFields: ['spec.selector'],
  },
  bad('a label key that cannot be', netService({ selector: { 'a b': 'c' } }), 'spec.selector'),
  bad('the no-pod key', netService({ selector: { app: 'a', 'sidenet.io/no-pod': 'true' } }), 'spec.selector'),

  bad('ports that are no list', netService({ ports: { http: 80 } }), 'spec.ports'),
  bad(
    '101 ports',
    netService({
      ports: Array.from({ length: 101 }, (_, index) => ({ name: `p${index}`, port: index + 1 })),
    }),
    'spec.ports',
  ),
  bad('port 0', port({ port: 0 }), 'spec.ports[0].port'),
  bad('port 65536', port({ port: 65536 }), 'spec.ports[0].port'),
  bad('a port without a number', netService({ ports: [{ name: 'http' }] }), 'spec.ports[0].port'),
  bad('a port in quotes', port({ port: '80' }), 'spec.ports[0].port'),
  bad('a port name with capitals', port({ name: 'HTTP' }), 'spec.ports[0].name'),
  bad('a port name that is too long', port({ name: 'a'.repeat(64) }), 'spec.ports[0].name'),
  {
    ...bad(
      'two ports of which one has no name',
      netService({ ports: [{ name: 'a', port: 1 }, { port: 2 }] }),
      'spec.ports[1].name',
    ),
    crdFields: ['spec.ports'],
  },
  {
    ...bad(
      'a port name used twice',
      netService({
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      }),
      'spec.ports[1].name',
    ),
    crdFields: ['spec.ports'],
  },
  {
    ...bad(
      'a port number used twice',
      netService({
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 1 },
        ],
      }),
      'spec.ports[1].port',
    ),
    crdFields: ['spec.ports[1]'],
  },
  bad('an unknown protocol', port({ protocol: 'tcp' }), 'spec.ports[0].protocol'),
  bad('targetPort 0', port({ targetPort: 0 }), 'spec.ports[0].targetPort'),
  bad('targetPort 65536', port({ targetPort: 65536 }), 'spec.ports[0].targetPort'),
  bad('a targetPort of 16 letters', port({ targetPort: 'a'.repeat(16) }), 'spec.ports[0].targetPort'),
  bad('a targetPort of digits in quotes', port({ targetPort: '8080' }), 'spec.ports[0].targetPort'),
  bad('a targetPort with two hyphens', port({ targetPort: 'a--b' }), 'spec.ports[0].targetPort'),
  bad('an appProtocol with a blank', port({ appProtocol: 'http 2' }), 'spec.ports[0].appProtocol'),

  bad('no family in the list', netService({ ipFamilies: [] }), 'spec.ipFamilies'),
  bad('families that are no list', netService({ ipFamilies: 'IPv4' }), 'spec.ipFamilies'),
  bad('an unknown family', netService({ ipFamilies: ['ipv4'] }), 'spec.ipFamilies[0]'),
  bad('a family twice', netService({ ipFamilies: ['IPv6', 'IPv6'] }), 'spec.ipFamilies[1]'),
  bad('a flag in quotes', netService({ publishNotReadyAddresses: 'yes' }), 'spec.publishNotReadyAddresses'),
  bad('unknown hostnames', netService({ hostnames: 'podName' }), 'spec.hostnames'),

  { ...bad('a name with a dot', netService({}, { name: 'a.b' }), 'metadata.name'), crdFields: ['<nil>'] },
  {
    ...bad('a name that begins with a digit', netService({}, { name: '1a' }), 'metadata.name'),
    crdFields: ['<nil>'],
  },
  {
    ...bad('a name of 64 letters', netService({}, { name: 'a'.repeat(64) }), 'metadata.name'),
    crdFields: ['<nil>'],
  },

  bad(
    'three mistakes at once',
    netService({ netAttachDef: 'a/b/c', selector: {}, ports: [{ port: 0, name: 'http' }] }),
    'spec.netAttachDef',
    'spec.selector',
    'spec.ports[0].port',
  ),
]
