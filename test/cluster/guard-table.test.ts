// The decision table of the guard, row by row, on a real API server: as kubectl shows it and as a program gets it.

import { beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, INSTALLED, LABELS, WEBHOOKS } from '../../src/core/names.ts'
import { KIT } from '../control-plane/users.ts'
import { useGuarded } from '../support/guarded.ts'
import { nadPath, podPath } from '../support/objects.ts'
import { eventually } from '../support/wait.ts'

const cluster = useGuarded()

const GC = 'system:serviceaccount:kube-system:generic-garbage-collector'
const FORBIDDEN = { status: 403, reason: 'Forbidden', by: WEBHOOKS.nadDeletion }
const HOLD = 'example.com/hold'
const CONFIG_MAPS = `/api/v1/namespaces/${INSTALLED.namespace}/configmaps`

/** What the guard says about `NAMESPACE/net`, which Pod `NAMESPACE/db` uses. */
const inUse = (namespace: string): string =>
  `NetworkAttachmentDefinition ${namespace}/net is used by 1 Pod: ${namespace}/db; see "kubectl sidenet users ${namespace}/net". Detach or delete it first, or annotate sidenet.io/allow-deletion=<reason>`

/** kubectl's line about a refusal. */
const refusedLine = (sentence: string): string =>
  `Error from server (Forbidden): admission webhook "${WEBHOOKS.nadDeletion}" denied the request: ${sentence}`

const kubectl = (...args: readonly string[]) => cluster().controlPlane.kubectl(args)
const deletedLine = (name: string, namespace: string, how = ''): string =>
  `networkattachmentdefinition.k8s.cni.cncf.io "${name}" deleted from ${namespace} namespace${how}\n`

/** A Namespace in which Pod `db` uses NAD `net`. */
async function used(
  namespace: string,
  {
    nad = {},
    ...marks
  }: {
    readonly labels?: Readonly<Record<string, string>>
    readonly nad?: Parameters<ReturnType<typeof cluster>['make']['nad']>[2]
  } = {},
): Promise<string> {
  const { space, make } = cluster()
  await space(namespace, marks)
  await make.nad(namespace, 'net', nad)
  await make.pod(namespace, 'db', { networks: 'net', status: [`${namespace}/net`] })
  return nadPath(namespace, 'net')
}

/** Refused, in these words, and nothing has changed. */
async function expectRefused(path: string, message: string, how = {}): Promise<void> {
  const { remove, standing, untilTold } = cluster()
  await untilTold(path, message, how)
  const before = await standing(path)
  expect(before).toBeDefined()
  expect(await remove(path, how)).toMatchObject({ ...FORBIDDEN, message })
  expect(await standing(path)).toBe(before)
}

/** What the garbage collector is to find as soon as it looks; judged by the last test. */
const generated = 'generated'
beforeAll(async () => {
  const { controlPlane, make, space } = cluster()
  // The collector tries again and again, also while another test lets the cluster only warn.
  await space(generated, { labels: { [LABELS.guard]: 'enforce' } })
  const owner = await make.create(`/api/v1/namespaces/${generated}/configmaps`, {
    metadata: { name: 'maker' },
  })
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'maker',
    uid: owner.metadata?.uid,
    controller: true,
  }
  await make.nad(generated, 'net', { ownerReferences: [reference] })
  await make.pod(generated, 'db', { networks: 'net' })
  await controlPlane.request('DELETE', `/api/v1/namespaces/${generated}/configmaps/maker`)
})

describe('a network that Pods use', () => {
  it('is not deleted by kubectl, which says who, how many and what now', async () => {
    const path = await used('told')
    const before = await cluster().standing(path)
    expect(await kubectl('delete', 'nad', 'net', '-n', 'told')).toEqual({
      status: 1,
      stdout: '',
      stderr: `${refusedLine(inUse('told'))}\n`,
    })
    await expectRefused(path, inUse('told'))
    expect(await cluster().standing(path)).toBe(before)
  })

  it('is not deleted by force either', async () => {
    const path = await used('forced')
    const before = await cluster().standing(path)
    const forced = await kubectl('delete', 'nad', 'net', '-n', 'forced', '--force', '--grace-period=0')
    expect(forced).toMatchObject({ status: 1, stdout: '' })
    expect(forced.stderr).toContain(refusedLine(inUse('forced')))
    const { body } = await cluster().controlPlane.request('GET', path)
    const replaced = await cluster().controlPlane.kubectl(['replace', '--force', '-f', '-'], {
      input: JSON.stringify({ ...body, spec: { config: '{}' } }),
    })
    expect(replaced).toMatchObject({ status: 1 })
    expect(replaced.stderr).toContain(`denied the request: ${inUse('forced')}\n`)
    expect(await cluster().standing(path)).toBe(before)
  })

  it.each(['Background', 'Foreground', 'Orphan'])('is not deleted with propagation %s', async (policy) => {
    const namespace = `propagated-${policy.toLowerCase()}`
    const path = await used(namespace)
    await expectRefused(path, inUse(namespace), { options: { propagationPolicy: policy } })
  })

  it('is not deleted with the others of its namespace, one by one or all at once', async () => {
    const path = await used('crowd')
    const before = await cluster().standing(path)
    for (const name of ['free-a', 'free-b']) await cluster().make.nad('crowd', name)
    const all = await kubectl('delete', 'nad', '--all', '-n', 'crowd')
    expect(all).toEqual({
      status: 1,
      stdout: deletedLine('free-a', 'crowd') + deletedLine('free-b', 'crowd'),
      stderr: `${refusedLine(inUse('crowd'))}\n`,
    })
    expect(await cluster().remove(nadPath('crowd'))).toMatchObject({ ...FORBIDDEN, message: inUse('crowd') })
    expect(await cluster().standing(path)).toBe(before)
    await cluster().make.nad('crowd', 'free-c', { labels: { free: 'yes' } })
    expect(await cluster().remove(nadPath('crowd'), { query: 'labelSelector=free' })).toMatchObject({
      status: 200,
    })
    expect(await cluster().standing(nadPath('crowd', 'free-c'))).toBeUndefined()
  })

  it('goes once they are gone', async () => {
    const path = await used('freed')
    await expectRefused(path, inUse('freed'))
    await cluster().controlPlane.request('DELETE', podPath('freed', 'db'), { gracePeriodSeconds: 0 })
    await cluster().untilFree(path)
    expect(await kubectl('delete', 'nad', 'net', '-n', 'freed')).toEqual({
      status: 0,
      stdout: deletedLine('net', 'freed'),
      stderr: '',
    })
    expect(await cluster().standing(path)).toBeUndefined()
  })

  it('waits where all of them are terminating, and says so', async () => {
    const path = await used('ending')
    await cluster().controlPlane.request('DELETE', podPath('ending', 'db'), { gracePeriodSeconds: 600 })
    const wait = 'all of them are terminating already: run the same command again in a moment'
    const sentence = `NetworkAttachmentDefinition ending/net is used by 1 Pod: ending/db (terminating); ${wait}`
    await expectRefused(path, sentence)
  })
})

describe('a network whose spec is odd', () => {
  const specs: [string, string, object | null][] = [
    ['has no spec', 'no-spec', null],
    ['has an empty spec', 'empty-spec', {}],
    ['has an empty config', 'empty-config', { config: '' }],
    ['has broken JSON as its config', 'broken-config', { config: '{"type": "macv' }],
  ]
  it.each(specs)('and %s goes when it is free and stays when it is used', async (_how, namespace, spec) => {
    const path = await used(namespace, { nad: { spec } })
    await expectRefused(path, inUse(namespace))
    await cluster().make.nad(namespace, 'free', { spec })
    expect(await cluster().remove(nadPath(namespace, 'free'))).toMatchObject({ status: 200, warnings: [] })
    expect(await cluster().standing(nadPath(namespace, 'free'))).toBeUndefined()
  })
})

describe('a network with a finalizer', () => {
  it('is refused like any other while it is used, and does not begin to terminate', async () => {
    const path = await used('held', { nad: { finalizers: [HOLD] } })
    await expectRefused(path, inUse('held'))
    expect(
      (await cluster().controlPlane.request('GET', path)).body.metadata?.deletionTimestamp,
    ).toBeUndefined()
  })

  it('that is terminating already goes, whoever has come to use it, and nobody is asked again', async () => {
    const { remove, make, standing, controlPlane, audited, space } = cluster()
    await space('terminating')
    await make.nad('terminating', 'net', { finalizers: [HOLD] })
    const path = nadPath('terminating', 'net')
    expect(await remove(path)).toMatchObject({ status: 200 })
    await make.pod('terminating', 'late', { networks: 'net' })
    expect(await remove(path)).toMatchObject({ status: 200, warnings: [] })
    expect(await kubectl('delete', 'nad', 'net', '-n', 'terminating', '--wait=false')).toMatchObject({
      status: 0,
    })
    expect(await audited(path)).toEqual([
      { webhook: WEBHOOKS.nadDeletion, decision: 'allow', reason: 'NetworkFree', evidence: 'fresh' },
    ])
    expect(await standing(path)).toBeDefined()
    const freed = await controlPlane.request('PATCH', path, { metadata: { finalizers: null } })
    expect(freed.status).toBe(200)
    expect(await standing(path)).toBeUndefined()
  })
})

describe('the label sidenet.io/guard on a Namespace', () => {
  it('off: nobody is asked', async () => {
    const path = await used('off', { labels: { [LABELS.guard]: 'off' } })
    expect(await kubectl('delete', 'nad', 'net', '-n', 'off')).toEqual({
      status: 0,
      stdout: deletedLine('net', 'off'),
      stderr: '',
    })
    expect(await cluster().audited(path)).toEqual([])
  })

  it('warn: the deletion passes, with the same words as a warning', async () => {
    const path = await used('warned', { labels: { [LABELS.guard]: 'warn' } })
    expect(await cluster().remove(path, { dryRun: true })).toMatchObject({
      status: 200,
      warnings: [inUse('warned')],
    })
    expect(await kubectl('delete', 'nad', 'net', '-n', 'warned')).toEqual({
      status: 0,
      stdout: deletedLine('net', 'warned'),
      stderr: `Warning: ${inUse('warned')}\n`,
    })
    expect(await cluster().audited(path)).toMatchObject([
      { decision: 'allow', reason: 'NetworkInUse', users: 'warned/db' },
      { decision: 'allow', reason: 'NetworkInUse', users: 'warned/db' },
    ])
  })

  it.each(['enforce', 'sometimes'])('%s: refused', async (label) => {
    const path = await used(`label-${label}`, { labels: { [LABELS.guard]: label } })
    await expectRefused(path, inUse(`label-${label}`))
  })

  it('counts as it is now, not as it was: taken away, the guard is back at once', async () => {
    const path = await used('relabelled', { labels: { [LABELS.guard]: 'warn' } })
    const { controlPlane, remove } = cluster()
    expect(await remove(path, { dryRun: true })).toMatchObject({ status: 200 })
    await controlPlane.request('PATCH', '/api/v1/namespaces/relabelled', {
      metadata: { labels: { [LABELS.guard]: null } },
    })
    await expectRefused(path, inUse('relabelled'))
  })
})

describe('the setting guard of the cluster', () => {
  const config = `${CONFIG_MAPS}/${INSTALLED.configMap}`
  const set = (guard: string) => cluster().controlPlane.request('PATCH', config, { data: { guard } })

  it('changes at run time, is overruled by labels, and a wrong value changes nothing but says so', async () => {
    const { make, remove, sidenet, controlPlane } = cluster()
    const path = await used('unlabelled')
    const labelled = await used('labelled-enforce', { labels: { [LABELS.guard]: 'enforce' } })
    await expectRefused(path, inUse('unlabelled'))
    await make.create(CONFIG_MAPS, { metadata: { name: INSTALLED.configMap }, data: { guard: 'warn' } })
    const isWarned = async () => (await remove(path, { dryRun: true })).warnings[0] === inUse('unlabelled')
    await eventually(isWarned, { what: 'the cluster only warns' })
    await expectRefused(labelled, inUse('labelled-enforce'))

    await set('sometimes')
    const wrong = `ConfigMap ${INSTALLED.namespace}/${INSTALLED.configMap}: guard: must be enforce or warn; the settings before it go on to hold`
    await eventually(() => sidenet.log().includes(wrong), { what: 'Sidenet says that the setting is wrong' })
    expect(await remove(path, { dryRun: true })).toMatchObject({
      status: 200,
      warnings: [inUse('unlabelled')],
    })

    await controlPlane.request('DELETE', config)
    const isRefused = async () => (await remove(path, { dryRun: true })).status === 403
    await eventually(isRefused, { what: 'the cluster refuses again' })
    await expectRefused(path, inUse('unlabelled'))
  })
})

describe('the annotation sidenet.io/allow-deletion', () => {
  const hurt = (namespace: string): string =>
    `NetworkAttachmentDefinition ${namespace}/net is used by 1 Pod: ${namespace}/db; they cannot restart without it and may leak addresses. Allowed by sidenet.io/allow-deletion: "moving to b"`

  it('lets a network go, with a warning that names who is hurt and an entry in the audit log', async () => {
    const path = await used('broken', {
      nad: { annotations: { [ANNOTATIONS.allowDeletion]: 'moving to b' } },
    })
    expect(await kubectl('delete', 'nad', 'net', '-n', 'broken')).toEqual({
      status: 0,
      stdout: deletedLine('net', 'broken'),
      stderr: `Warning: ${hurt('broken')}\n`,
    })
    expect(await cluster().audited(path)).toEqual([
      {
        webhook: WEBHOOKS.nadDeletion,
        decision: 'allow',
        reason: 'DeletionOverridden',
        override: 'moving to b',
        evidence: expect.stringMatching(/^(cached|alive)$/),
        users: 'broken/db',
        'users-total': '1',
      },
    ])
  })

  it('is set by kubectl, as the refusal says', async () => {
    const path = await used('annotated')
    await kubectl('annotate', 'nad', 'net', '-n', 'annotated', `${ANNOTATIONS.allowDeletion}=moving to b`)
    expect(await cluster().remove(path)).toMatchObject({ status: 200, warnings: [hurt('annotated')] })
    expect(await cluster().standing(path)).toBeUndefined()
  })

  it.each(['', ' \t '])('without a reason ("%s") lets nothing go', async (blank) => {
    const namespace = `blank-${blank.length}`
    const path = await used(namespace, { nad: { annotations: { [ANNOTATIONS.allowDeletion]: blank } } })
    await expectRefused(path, inUse(namespace))
  })

  it('beats protection', async () => {
    const { space, make, remove } = cluster()
    await space('both')
    const annotations = { [ANNOTATIONS.allowDeletion]: 'moving to b', [ANNOTATIONS.protected]: 'storage' }
    await make.nad('both', 'net', { annotations })
    expect(await remove(nadPath('both', 'net'))).toMatchObject({
      status: 200,
      warnings: [
        'NetworkAttachmentDefinition both/net is protected: "storage". Allowed by sidenet.io/allow-deletion: "moving to b"',
      ],
    })
  })
})

describe('the annotation sidenet.io/protected', () => {
  it('keeps a network that nobody uses, and says why', async () => {
    const { space, make, remove } = cluster()
    await space('protected')
    await make.nad('protected', 'net', { annotations: { [ANNOTATIONS.protected]: 'storage "network"' } })
    const sentence =
      'NetworkAttachmentDefinition protected/net is protected: "storage \\"network\\"". Remove its annotation sidenet.io/protected first, or annotate sidenet.io/allow-deletion=<reason>'
    const path = nadPath('protected', 'net')
    await expectRefused(path, sentence)
    expect((await remove(path)).causes).toEqual([
      { reason: 'NetworkProtected', message: sentence, field: 'metadata.annotations[sidenet.io/protected]' },
    ])
    expect(await kubectl('delete', 'nad', 'net', '-n', 'protected')).toMatchObject({
      status: 1,
      stderr: `${refusedLine(sentence)}\n`,
    })
    await kubectl('annotate', 'nad', 'net', '-n', 'protected', `${ANNOTATIONS.protected}-`)
    expect(await remove(path)).toMatchObject({ status: 200, warnings: [] })
  })
})

describe('a dry run', () => {
  const nads: [string, string, object][] = [
    ['is used', 'dry-used', {}],
    ['is protected', 'dry-protected', { annotations: { [ANNOTATIONS.protected]: 'storage' } }],
    ['has its glass broken', 'dry-broken', { annotations: { [ANNOTATIONS.allowDeletion]: 'moving' } }],
  ]
  it.each(nads)(
    'of a network that %s has the verdict and the words of the real one',
    async (_how, namespace, nad) => {
      const path = await used(namespace, { nad })
      const { standing, remove } = cluster()
      const before = await standing(path)
      const printed = await kubectl('delete', 'nad', 'net', '-n', namespace, '--dry-run=server')
      const dry = await remove(path, { dryRun: true })
      expect(await standing(path)).toBe(before)
      const real = await remove(path)
      expect(dry).toEqual(real)
      expect(printed).toMatchObject({ status: real.status === 200 ? 0 : 1 })
      expect(printed.stderr).toBe(
        real.status === 200 ? `Warning: ${real.warnings.join()}\n` : `${refusedLine(real.message)}\n`,
      )
    },
  )

  it('of a free network says yes and leaves it', async () => {
    const { space, make, remove, standing, audited } = cluster()
    await space('dry-free')
    await make.nad('dry-free', 'net')
    const path = nadPath('dry-free', 'net')
    const before = await standing(path)
    expect(await kubectl('delete', 'nad', 'net', '-n', 'dry-free', '--dry-run=server')).toEqual({
      status: 0,
      stdout: deletedLine('net', 'dry-free', ' (server dry run)'),
      stderr: '',
    })
    expect(await remove(path, { dryRun: true })).toMatchObject({ status: 200, warnings: [] })
    expect(await standing(path)).toBe(before)
    expect(await audited(path)).toMatchObject([{ reason: 'NetworkFree' }, { reason: 'NetworkFree' }])
  })
})

describe('a network in kube-system', () => {
  it('is guarded while Sidenet serves, and can be repaired while it does not', async () => {
    const { make, remove, crash, revive, standing } = cluster()
    await make.nad('kube-system', 'net')
    await make.pod('kube-system', 'db', { networks: 'net' })
    const elsewhere = await used('closed')
    const path = nadPath('kube-system', 'net')
    expect(await remove(path)).toMatchObject({
      status: 403,
      by: WEBHOOKS.systemNadDeletion,
      message: inUse('kube-system'),
    })
    await crash()
    expect(await remove(elsewhere)).toMatchObject({ status: 500, reason: 'InternalError' })
    expect(await remove(path)).toMatchObject({ status: 200 })
    expect([await standing(path), await standing(elsewhere)]).toEqual([undefined, expect.any(String)])
    await revive()
    await expectRefused(elsewhere, inUse('closed'))
  })
})

describe('a network that a generator made', () => {
  const path = nadPath(generated, 'net')

  it('names the generator in its refusal', async () => {
    await expectRefused(
      path,
      `${inUse(generated)}. It is generated by ConfigMap maker: change or delete that one`,
    )
  })

  it('is not collected as garbage while it is used, and goes by itself later', async () => {
    const { controlPlane, standing } = cluster()
    const refusals = () =>
      controlPlane.auditEvents({
        filter: ({ user, requestURI, responseStatus }) =>
          user.username === GC && requestURI.split('?')[0] === path && responseStatus?.code === 403,
      })
    const isRefused = async () => (await refusals()).length > 0
    await eventually(isRefused, { what: 'the garbage collector was refused', timeout: 50_000, interval: 250 })
    expect(await standing(path)).toBeDefined()
    await controlPlane.request(
      'DELETE',
      podPath(generated, 'db'),
      { gracePeriodSeconds: 0 },
      { user: KIT.name },
    )
    const isGone = async () => (await standing(path)) === undefined
    await eventually(isGone, { what: 'the garbage collector took it', timeout: 50_000, interval: 250 })
  })
})
