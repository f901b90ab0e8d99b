// What strangers write into annotations: almost right, quite wrong, and hostile.

import fc from 'fast-check'

const part = fc.oneof(
  fc.constantFrom('net1', 'blue', 'my-net', '-n', 'n.x', 'Net', '', ' ', '\u00a0'),
  fc.string({ maxLength: 6 }),
)
const unit = fc
  .tuple(fc.option(part), part, fc.option(part))
  .map(
    ([namespace, name, device]) =>
      `${namespace === null ? '' : `${namespace}/`}${name}${device === null ? '' : `@${device}`}`,
  )

export const shortForm = fc.array(unit, { minLength: 1, maxLength: 4 }).map((units) => units.join(','))

const KEYS = [
  ...['name', 'namespace', 'interface', 'interfaceRequest', 'ips', 'mac', 'infiniband-guid', 'portMappings'],
  ...[
    'bandwidth',
    'default-route',
    'deviceID',
    'cni-args',
    'ipam-claim-reference',
    'NAME',
    'ip\u017f',
    'default',
  ],
  ...['mtu', 'dns', 'device-info', 'gateway', '__proto__', 'constructor', 'toString', 'x.y/z'],
]
const VALUES = [
  ...[
    '"net1"',
    '"b/a"',
    '"10.0.0.1"',
    '["10.0.0.1/24"]',
    '["fd00::1"]',
    '"02:23:45:67:89:01"',
    'null',
    'true',
    '5',
    '1e400',
    '""',
  ],
  ...[
    '[]',
    '{}',
    '[null]',
    '[""]',
    '"\\ud800"',
    '"__proto__"',
    '[{"hostPort":80,"containerPort":80}]',
    '{"ingressRate":1}',
    '["bogus"]',
  ],
]
const member = fc
  .tuple(fc.constantFrom(...KEYS), fc.oneof(fc.constantFrom(...VALUES), fc.json({ maxDepth: 2 })))
  .map(([key, value]) => `"${key}":${value}`)
const object = fc.array(member, { maxLength: 5 }).map((members) => `{${members.join(',')}}`)

export const jsonForm = fc
  .array(fc.oneof({ weight: 6, arbitrary: object }, { weight: 1, arbitrary: fc.constantFrom(...VALUES) }), {
    maxLength: 3,
  })
  .map((elements) => `[${elements.join(',')}]`)

/** JSON with a few characters cut out and others put in. */
const brokenJson = fc
  .tuple(
    jsonForm,
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom('"', '\\', '\ud800', '\u0000')),
  )
  .map(
    ([text, at, cut, put]) =>
      text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
  )

/** Any text: lone surrogates and control characters included. */
export const annotationText = fc.oneof(
  shortForm,
  jsonForm,
  brokenJson,
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom(...'[]{}",:\\ a1-/@.\n\ud800\udfffé'), { maxLength: 30 })
    .map((characters) => characters.join('')),
)

const plausibleElement = fc.record(
  {
    name: fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/),
    namespace: fc.constantFrom('blue', 'red', ''),
    interface: fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9._-]{0,14}$/),
    ips: fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 2 }),
    mac: fc.constantFrom('02:23:45:67:89:01', '0223.4567.8901', '02:23'),
    bandwidth: fc.record({ ingressRate: fc.integer({ min: -1 }), ingressBurst: fc.integer({ min: -1 }) }),
    'default-route': fc.array(fc.ipV4(), { maxLength: 1 }),
    'cni-args': fc.dictionary(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: ['name'] },
)

/** What people write who know the grammar: most of it passes the strict reading. */
export const plausibleSelection = fc.oneof(
  fc.array(plausibleElement, { maxLength: 2 }).map((elements) => JSON.stringify(elements)),
  fc
    .array(plausibleElement, { minLength: 1, maxLength: 3 })
    .map((elements) =>
      elements
        .map(
          ({ namespace, name, interface: device }) =>
            `${namespace ? `${namespace}/` : ''}${name}${device ? `@${device}` : ''}`,
        )
        .join(', '),
    ),
)

/** Any value that JSON can hold, where an object, a list or a text is expected. */
export const anyJson = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<unknown>,
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__":{"name":"x"}}'),
    JSON.parse('{"__proto__":null}'),
    undefined,
  ),
)

const DEEP = 200_000
const SIZE = 50_000

/** As much as annotations are known to hold, of what has brought down parsers. */
export const HUGE: readonly (readonly [what: string, text: string])[] = [
  ['opening brackets', '['.repeat(DEEP)],
  ['closed brackets', '['.repeat(DEEP / 2) + ']'.repeat(DEEP / 2)],
  ['opening objects', '{"a":'.repeat(DEEP / 5)],
  ['closed brackets inside an unknown key', `[{"name":"a","x":${'['.repeat(9000)}${']'.repeat(9000)}}]`],
  [
    'closed brackets inside cni-args',
    `[{"name":"a","cni-args":{"x":${'['.repeat(9000)}${']'.repeat(9000)}}}]`,
  ],
  ['commas', ','.repeat(SIZE)],
  ['slashes', '/'.repeat(SIZE)],
  ['at signs', '@'.repeat(SIZE)],
  ['blanks around a name', ' '.repeat(SIZE / 2) + 'a' + ' '.repeat(SIZE / 2)],
  ['one long name', 'a'.repeat(SIZE)],
  ['one long name that is none', `${'a'.repeat(SIZE)}!`],
  ['empty objects', `[${'{},'.repeat(SIZE / 3)}{}]`],
  ['objects with wrong values', `[${'{"mac":"z"},'.repeat(SIZE / 12)}{}]`],
  ['numbers in cni-args', `[{"cni-args":{"a":[${'1,'.repeat(SIZE / 2)}1]}}]`],
  ['members', `[{${'"a":1,'.repeat(SIZE / 6)}"b":1}]`],
  ['escapes', `["${'\\u0041'.repeat(SIZE / 6)}"]`],
  ['backslashes', `["${'\\'.repeat(SIZE)}`],
  ['lone surrogates', `[{"name":"${'\ud800'.repeat(SIZE)}"}]`],
  ['a quote and nothing', `"${'a'.repeat(SIZE)}`],
  ['addresses', `[{"name":"a","ips":[${'"1.1.1.1",'.repeat(SIZE / 10)}"1.1.1.1"]}]`],
  ['dots', `[{"name":"${'a.'.repeat(SIZE / 2)}"}]`],
]
