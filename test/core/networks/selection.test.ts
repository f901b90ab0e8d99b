import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import {
  checkSelection,
  readDefaultNetwork,
  readSelection,
  type NetworkSelectionElement,
} from '../../../src/core/networks/selection.ts'

type Wanted = readonly Partial<NetworkSelectionElement>[] | 'unreadable'

const element = (wanted: Partial<NetworkSelectionElement>): NetworkSelectionElement => ({
  name: '',
  namespace: 'pod',
  interface: undefined,
  ips: [],
  mac: undefined,
  ...wanted,
})

/** The elements, or that there are none to be had: the same word in every table. */
function outcome(
  result: ReturnType<typeof readSelection>,
): readonly NetworkSelectionElement[] | 'unreadable' {
  return result.ok ? result.value : 'unreadable'
}

const full = (wanted: Wanted) => (wanted === 'unreadable' ? wanted : wanted.map(element))

describe('the reference rows of Multus and of its client library', () => {
  it.each<readonly [sentence: string, text: string, wanted: Wanted]>([
    ['a name', 'net1', [{ name: 'net1' }]],
    ['a namespace and a name', 'default/net1', [{ name: 'net1', namespace: 'default' }]],
    ['a name and an interface', 'net1@my_interface', [{ name: 'net1', interface: 'my_interface' }]],
    [
      'all three',
      'default/net1@my_interface',
      [{ name: 'net1', namespace: 'default', interface: 'my_interface' }],
    ],
    [
      'a name and an interface as JSON',
      '[{"name":"test-net-attach-def","interface":"test1"}]',
      [{ name: 'test-net-attach-def', interface: 'test1' }],
    ],
    ['more than one slash, and addresses', 'root@someIP/root@someOtherIP/root@thirdIP', 'unreadable'],
    ['two at signs after a slash', 'root@someIP/root@someOtherIP@garbagevalue', 'unreadable'],
    ['an at sign before a slash', 'root@someIP/root@someOtherIP', 'unreadable'],
    ['a blank in an interface', 'default/net1@myIfc Name', 'unreadable'],
    ['an interface of more than 15 characters', 'default/net1@very_long_interface_name', 'unreadable'],
    ['brackets around a name', '[adsfasdfasdfasf]', 'unreadable'],
  ])('%s: %s', (_sentence, text, wanted) => {
    expect(outcome(readSelection(text, 'pod'))).toEqual(full(wanted))
    expect(outcome(checkSelection(text, 'pod'))).toEqual(full(wanted))
  })
})

describe('where parsers disagree, Pods are read as Multus reads them and our own inputs by the standard', () => {
  it.each<readonly [sentence: string, text: string, multus: Wanted, ours: Wanted]>([
    ['nothing at all asks for no network', '', [], []],
    ['an empty list asks for no network', '[]', [], []],
    ['a blank is an element without a name', ' ', [{}], 'unreadable'],
    ['a comma at the end opens an element without a name', 'net1,', [{ name: 'net1' }, {}], 'unreadable'],
    ['a comma at the start closes an element without a name', ',net1', [{}, { name: 'net1' }], 'unreadable'],
    ['a namespace alone has no name', 'ns/', [{ namespace: 'ns' }], 'unreadable'],
    ['an interface alone has no name', '@eth1', [{ interface: 'eth1' }], 'unreadable'],
    ['an empty object has no name', '[{}]', [{}], 'unreadable'],
    ['an empty name is no name', '[{"name":""}]', [{}], 'unreadable'],
    [
      'blanks around every part are trimmed',
      'ns / net1 @ eth1',
      [{ name: 'net1', namespace: 'ns', interface: 'eth1' }],
      [{ name: 'net1', namespace: 'ns', interface: 'eth1' }],
    ],
    [
      'an interface may have an underscore',
      'net1@my_if',
      [{ name: 'net1', interface: 'my_if' }],
      [{ name: 'net1', interface: 'my_if' }],
    ],
    [
      'an interface may have upper case letters',
      'net1@Eth1',
      [{ name: 'net1', interface: 'Eth1' }],
      [{ name: 'net1', interface: 'Eth1' }],
    ],
    [
      'an interface may have a dot',
      'net1@eth0.100',
      [{ name: 'net1', interface: 'eth0.100' }],
      [{ name: 'net1', interface: 'eth0.100' }],
    ],
    [
      'an interface of 15 characters fits',
      'net1@interface-15-ch',
      [{ name: 'net1', interface: 'interface-15-ch' }],
      [{ name: 'net1', interface: 'interface-15-ch' }],
    ],
    ['an interface of 16 characters does not', 'net1@interface-16-chr', 'unreadable', 'unreadable'],
    ['an interface is measured in bytes', 'net1@éééééééé', 'unreadable', 'unreadable'],
    ['a dot needs the JSON form', 'my.net', 'unreadable', 'unreadable'],
    ['an upper case letter is in no name', 'Net1', 'unreadable', 'unreadable'],
    ['an underscore is in no name', 'net_1', 'unreadable', 'unreadable'],
    ['a name does not begin with a dash', '-n', 'unreadable', 'unreadable'],
    ['a name does not end with a dash', 'n-', 'unreadable', 'unreadable'],
    ['a name in JSON may have dots', '[{"name":"b.c"}]', [{ name: 'b.c' }], [{ name: 'b.c' }]],
    ['Multus takes any name in JSON', '[{"name":"A_b.c"}]', [{ name: 'A_b.c' }], 'unreadable'],
    ['a slash in a JSON name is not split', '[{"name":"ns/a"}]', [{ name: 'ns/a' }], 'unreadable'],
    ['null without brackets is a name', 'null', [{ name: 'null' }], [{ name: 'null' }]],
    ['true without brackets is a name', 'true', [{ name: 'true' }], [{ name: 'true' }]],
    ['123 without brackets is a name', '123', [{ name: '123' }], [{ name: '123' }]],
    ['an at sign with nothing behind asks for no interface', 'net1@', [{ name: 'net1' }], [{ name: 'net1' }]],
    [
      'a slash with nothing before means the default namespace',
      '/net1',
      [{ name: 'net1' }],
      [{ name: 'net1' }],
    ],
    ['quotes make it JSON, and then it is no list', '"net1"', 'unreadable', 'unreadable'],
    ['an object is no list', '{}', 'unreadable', 'unreadable'],
    ['an object with a name is no list', '{"name":"a"}', 'unreadable', 'unreadable'],
    ['a list of names is no list of objects', '["net1"]', 'unreadable', 'unreadable'],
    ['text behind the list spoils it', '[{"name":"a"}] x', 'unreadable', 'unreadable'],
    ['a comma behind the list spoils it', '[{"name":"a"}],', 'unreadable', 'unreadable'],
    ['a comma behind the last element spoils it', '[{"name":"a"},]', 'unreadable', 'unreadable'],
    ['Multus crashes on a null element', '[null]', 'unreadable', 'unreadable'],
    ['a null among others crashes it, too', '[{"name":"a"},null]', 'unreadable', 'unreadable'],
    [
      'keys match in any case',
      '[{"Name":"a","NAMESPACE":"n"}]',
      [{ name: 'a', namespace: 'n' }],
      [{ name: 'a', namespace: 'n' }],
    ],
    [
      'keys match by the letters that Go folds',
      '[{"name":"a","name\u017fpace":"n"}]',
      [{ name: 'a', namespace: 'n' }],
      [{ name: 'a', namespace: 'n' }],
    ],
    ['an address must be one', '[{"name":"a","ips":["an IP"]}]', 'unreadable', 'unreadable'],
    ['a MAC must be one', '[{"name":"a","mac":"zz"}]', 'unreadable', 'unreadable'],
    ['a GUID must be one', '[{"name":"a","infiniband-guid":"xx"}]', 'unreadable', 'unreadable'],
    [
      'a MAC has six bytes by the standard',
      '[{"name":"a","mac":"c2:11:22:33:44:55:66:77"}]',
      [{ name: 'a', mac: 'c2:11:22:33:44:55:66:77' }],
      'unreadable',
    ],
    [
      'a GUID has eight bytes by the standard',
      '[{"name":"a","infiniband-guid":"02:23:45:67:89:01"}]',
      [{ name: 'a' }],
      'unreadable',
    ],
    ['an empty MAC is none', '[{"name":"a","mac":""}]', [{ name: 'a' }], 'unreadable'],
    ['an empty list of addresses says nothing', '[{"name":"a","ips":[]}]', [{ name: 'a' }], 'unreadable'],
    ['addresses come in a list', '[{"name":"a","ips":"1.2.3.4"}]', 'unreadable', 'unreadable'],
    [
      'a port is a number',
      '[{"name":"a","portMappings":[{"hostPort":"8080","containerPort":80}]}]',
      'unreadable',
      'unreadable',
    ],
    ['a gateway is an address', '[{"name":"a","default-route":["bogus"]}]', 'unreadable', 'unreadable'],
    ['an empty gateway is none', '[{"name":"a","default-route":[""]}]', [{ name: 'a' }], 'unreadable'],
    [
      'an empty list of gateways is allowed',
      '[{"name":"a","default-route":[]}]',
      [{ name: 'a' }],
      [{ name: 'a' }],
    ],
    [
      'a port has a range',
      '[{"name":"a","portMappings":[{"hostPort":99999,"containerPort":0}]}]',
      [{ name: 'a' }],
      'unreadable',
    ],
    [
      'a good port mapping passes',
      '[{"name":"a","portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"udp"}]}]',
      [{ name: 'a' }],
      [{ name: 'a' }],
    ],
    [
      'an interface in JSON obeys the kernel',
      '[{"name":"a","interface":"bad if/.."}]',
      [{ name: 'a', interface: 'bad if/..' }],
      'unreadable',
    ],
    [
      'interfaceRequest is the old spelling of interface',
      '[{"name":"a","interfaceRequest":"x"}]',
      [{ name: 'a', interface: 'x' }],
      [{ name: 'a', interface: 'x' }],
    ],
    [
      'interface wins over its old spelling',
      '[{"name":"a","interfaceRequest":"x","interface":"y"}]',
      [{ name: 'a', interface: 'y' }],
      [{ name: 'a', interface: 'y' }],
    ],
    [
      'of a key written twice the last one counts',
      '[{"name":"a","NAME":"b","name":"c"}]',
      [{ name: 'c' }],
      [{ name: 'c' }],
    ],
    ['a null changes nothing', '[{"name":"a","name":null}]', [{ name: 'a' }], [{ name: 'a' }]],
    [
      'a wrong type counts even where it is overwritten',
      '[{"name":5,"name":"a"}]',
      'unreadable',
      'unreadable',
    ],
    [
      'a namespace that is null or empty means the default',
      '[{"name":"a","namespace":null},{"name":"b","namespace":""}]',
      [{ name: 'a' }, { name: 'b' }],
      [{ name: 'a' }, { name: 'b' }],
    ],
    ['unknown keys are ignored', '[{"name":"a","x":{"y":[1e400]}}]', [{ name: 'a' }], [{ name: 'a' }]],
    [
      'keys of JavaScript are unknown keys',
      '[{"name":"a","__proto__":{"name":"b"},"constructor":1}]',
      [{ name: 'a' }],
      [{ name: 'a' }],
    ],
    [
      'an address may have a prefix length',
      '[{"name":"a","ips":["10.0.0.1/24","fd00::1"]}]',
      [{ name: 'a', ips: ['10.0.0.1/24', 'fd00::1'] }],
      [{ name: 'a', ips: ['10.0.0.1/24', 'fd00::1'] }],
    ],
    [
      'an address claim excludes addresses',
      '[{"name":"a","ips":["10.0.0.1"],"ipam-claim-reference":"c"}]',
      [{ name: 'a', ips: ['10.0.0.1'] }],
      'unreadable',
    ],
    ['an address claim is text', '[{"name":"a","ipam-claim-reference":5}]', [{ name: 'a' }], 'unreadable'],
    ['a burst needs a rate', '[{"name":"a","bandwidth":{"ingressBurst":5}}]', [{ name: 'a' }], 'unreadable'],
    [
      'a bandwidth is not negative',
      '[{"name":"a","bandwidth":{"egressRate":-5}}]',
      [{ name: 'a' }],
      'unreadable',
    ],
    [
      'one element leads out',
      '[{"name":"a","default-route":["10.0.0.1"]},{"name":"b","default-route":["10.0.1.1"]}]',
      [{ name: 'a' }, { name: 'b' }],
      'unreadable',
    ],
    [
      'one gateway of a family leads out',
      '[{"name":"a","default-route":["10.0.0.1","10.0.0.2"]}]',
      [{ name: 'a' }],
      'unreadable',
    ],
    [
      'one gateway of each family may',
      '[{"name":"a","default-route":["10.0.0.1","fd00::1"]}]',
      [{ name: 'a' }],
      [{ name: 'a' }],
    ],
    [
      'no two attachments share an interface',
      'a@net1,b@net1',
      [
        { name: 'a', interface: 'net1' },
        { name: 'b', interface: 'net1' },
      ],
      'unreadable',
    ],
    [
      'the same network twice is two attachments',
      'a,a',
      [{ name: 'a' }, { name: 'a' }],
      [{ name: 'a' }, { name: 'a' }],
    ],
    ['what is no Unicode reads as Go reads it', '[{"name":"\\ud800"}]', [{ name: '\ufffd' }], 'unreadable'],
    [
      'ten thousand levels are read',
      `[{"name":"a","x":${'['.repeat(9998)}${']'.repeat(9998)}}]`,
      [{ name: 'a' }],
      [{ name: 'a' }],
    ],
    [
      'ten thousand and one are not',
      `[{"name":"a","x":${'['.repeat(9999)}${']'.repeat(9999)}}]`,
      'unreadable',
      'unreadable',
    ],
  ])('%s', (_sentence, text, multus, ours) => {
    expect(outcome(readSelection(text, 'pod'))).toEqual(full(multus))
    expect(outcome(checkSelection(text, 'pod'))).toEqual(full(ours))
  })
})

describe('the limits of the standard hold to the last one', () => {
  const name = (length: number) => 'a'.repeat(length)

  it.each<readonly [sentence: string, text: string, accepted: boolean]>([
    ['a name of 253 characters', name(253), true],
    ['a name of 254 characters', name(254), false],
    ['a namespace of 63 characters', `${name(63)}/a`, true],
    ['a namespace of 64 characters', `${name(64)}/a`, false],
    ['a namespace with a dot', '[{"name":"a","namespace":"b.c"}]', false],
    ['two dots in a row', '[{"name":"b..c"}]', false],
    ['an interface called .', 'a@.', false],
    ['an interface called ..', 'a@..', false],
    ['an interface called ...', 'a@...', true],
    ['an interface with a colon', 'a@b:c', false],
    ['an old spelling of a wrong interface', '[{"name":"a","interfaceRequest":"b/c"}]', false],
    ['ports 1 and 65535', '[{"name":"a","portMappings":[{"hostPort":1,"containerPort":65535}]}]', true],
    ['port 65536', '[{"name":"a","portMappings":[{"hostPort":1,"containerPort":65536}]}]', false],
    ['no port', '[{"name":"a","portMappings":[{"hostPort":1}]}]', false],
    ['no port mapping', '[{"name":"a","portMappings":[null]}]', false],
    [
      'a protocol of the kernel',
      '[{"name":"a","portMappings":[{"hostPort":1,"containerPort":1,"protocol":"sctp"}]}]',
      true,
    ],
    [
      'a protocol of its own',
      '[{"name":"a","portMappings":[{"hostPort":1,"containerPort":1,"protocol":"icmp"}]}]',
      false,
    ],
    [
      'an address of the host',
      '[{"name":"a","portMappings":[{"hostPort":1,"containerPort":1,"hostIP":"fd00::1"}]}]',
      true,
    ],
    [
      'a name of the host',
      '[{"name":"a","portMappings":[{"hostPort":1,"containerPort":1,"hostIP":"node"}]}]',
      false,
    ],
    ['a burst with its rate', '[{"name":"a","bandwidth":{"egressRate":1,"egressBurst":5}}]', true],
    ['a negative burst', '[{"name":"a","bandwidth":{"egressRate":1,"egressBurst":-5}}]', false],
    ['two IPv6 gateways', '[{"name":"a","default-route":["fd00::1","fd00::2"]}]', false],
    ['a claim for an address', '[{"name":"a","ipam-claim-reference":"c"}]', true],
  ])('%s', (_sentence, text, accepted) => {
    expect(checkSelection(text, 'pod').ok).toBe(accepted)
    expect(readSelection(text, 'pod').ok).toBe(true)
  })
})

describe('a problem says where and what', () => {
  it.each<readonly [sentence: string, text: string, ...problems: string[]]>([
    ['a short name with its place', 'net1, Net2', 'at character 7: "Net2" must consist of'],
    ['every short name', 'A,B', 'at character 1: "A"', 'at character 3: "B"'],
    [
      'a missing name with its place',
      'net1,',
      'at character 6: the name of a NetworkAttachmentDefinition is missing',
    ],
    [
      'a syntax error with its place',
      '[{"name":"a"} x',
      'at character 15: "x" stands where "," or "]" should be',
    ],
    ['a text that ends too soon', '[{"name":', 'at character 10: the text ends where a value should be'],
    [
      'an object that should be in a list',
      '{"name":"a"}',
      'must be a list of objects; put [ and ] around it',
    ],
    ['names that should not be in a list', '["net1"]', '[0]: must be an object such as'],
    ['a null element', '[{"name":"a"},null]', '[1]: must be an object, not null'],
    [
      'an address by its path',
      '[{"name":"a"},{"name":"b","ips":["an IP"]}]',
      '[1].ips[0]: "an IP" is not an IP address',
    ],
    [
      'a value of the wrong type once',
      '[{"name":5}]',
      '[0].name: must be text in double quotes, not the number 5',
    ],
    [
      'three mistakes as three problems',
      '[{"name":"A","mac":"zz","portMappings":[{"hostPort":0,"containerPort":80}]}]',
      '[0].name: "A" cannot be the name of an object',
      '[0].mac: "zz" is not a MAC address',
      '[0].portMappings[0].hostPort: must be a port number',
    ],
    [
      'mistakes of type and of value together',
      '[{"name":"a","ips":"x","mac":"zz"}]',
      '[0].ips: must be a list, not the text "x"',
      '[0].mac: "zz" is not a MAC address',
    ],
    ['what cannot be seen is spelled out', 'a\u202eb', 'at character 1: "a\\u{202e}b"'],
  ])('%s', (_sentence, text, ...wanted) => {
    const result = checkSelection(text, 'pod')
    const problems = result.ok ? [] : result.problems
    expect(problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))).toEqual(
      wanted.map((start) => expect.stringContaining(start) as unknown),
    )
  })
})

describe('v1.multus-cni.io/default-network', () => {
  it.each<readonly [sentence: string, text: string, wanted: Partial<NetworkSelectionElement> | string]>([
    ["a bare name means Multus' namespace", 'first', { name: 'first', namespace: 'kube-system' }],
    ['a namespace is kept', 'blue/first', { name: 'first', namespace: 'blue' }],
    ['JSON works as well', '[{"name":"first","namespace":"blue"}]', { name: 'first', namespace: 'blue' }],
    ['two networks are one too many', 'first,second', 'names 2 networks; it must name exactly one'],
    [
      'an empty list, on which Multus crashes, names none',
      '[]',
      'names no network; it must name exactly one',
    ],
    ['empty text, which Multus refuses, names none', '', 'names no network; it must name exactly one'],
    ['what Multus cannot read is a problem', '[null]', 'must be an object, not null'],
  ])('%s', (_sentence, text, wanted) => {
    const result = readDefaultNetwork(text, 'kube-system')
    if (typeof wanted === 'string') expect(result.ok ? '' : result.problems[0]?.message).toBe(wanted)
    else expect(result.ok && result.value).toEqual(element(wanted))
  })
})

interface Recorded {
  readonly text: string
  readonly verdict: 'ok' | 'error' | 'panic'
  readonly elements?: readonly {
    name: string
    namespace: string
    interface: string
    ips: string[]
    mac: string
  }[]
}

describe("Multus' own code, as it answered", () => {
  const fixture = new URL('../../fixtures/multus-selection.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: Recorded[] }

  it.each(cases.map((recorded) => [recorded.text, recorded] as const))(
    '%j is read alike',
    (text, recorded) => {
      const result = readSelection(text, 'pod')
      const elements = result.ok
        ? result.value.map((read) => ({ ...read, interface: read.interface ?? '', mac: read.mac ?? '' }))
        : undefined
      expect(elements).toEqual(recorded.elements)
    },
  )
})
