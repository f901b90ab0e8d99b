import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtemp, rename, rm, symlink, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyPair } from '../../src/certificates/certificate-set.ts'
import { loadsFromFiles } from '../../src/certificates/from-files.ts'
import { issueSet } from '../../src/certificates/issue.ts'

const now = Date.parse('2030-01-01T00:00:00Z')
const first = (await issueSet(['localhost'], now)).leaf
const second = (await issueSet(['localhost'], now)).leaf

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'sidenet-files-'))))
afterEach(() => rm(folder, { recursive: true }))

/** As kubelet mounts a Secret: files link into `..data`, and `..data` is swapped whole. */
async function mount(version: string, pair: KeyPair): Promise<void> {
  await mkdir(join(folder, version))
  await writeFile(join(folder, version, 'tls.crt'), pair.cert)
  await writeFile(join(folder, version, 'tls.key'), pair.key)
  await symlink(version, join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
}

async function mountFirst(): Promise<ReturnType<typeof loadsFromFiles>> {
  await mount('..1', first)
  for (const file of ['tls.crt', 'tls.key']) await symlink(join('..data', file), join(folder, file))
  return loadsFromFiles({
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
    names: ['localhost'],
  })
}

describe('a certificate in files', () => {
  it('is read, and read again after kubelet has swapped the folder', async () => {
    const load = await mountFirst()
    expect(await load(now)).toEqual({
      pair: first,
      notAfter: now + 7 * 86_400_000,
      caBundle: undefined,
      news: [],
    })
    await mount('..2', second)
    expect((await load(now)).pair).toEqual(second)
  })

  it('that does not cover our names is served all the same, and told', async () => {
    await mountFirst()
    const load = loadsFromFiles({
      certFile: join(folder, 'tls.crt'),
      keyFile: join(folder, 'tls.key'),
      names: ['a.example'],
    })
    expect((await load(now)).news).toEqual([`${folder}/tls.crt: certificate: does not cover a.example`])
  })

  it('that cannot serve is refused with a sentence that names the files', async () => {
    const load = await mountFirst()
    await writeFile(join(folder, 'tls.key'), second.key)
    await expect(load(now)).rejects.toThrow(
      `${folder}/tls.crt and ${folder}/tls.key cannot be served: key: does not belong to the certificate`,
    )
    await rm(join(folder, 'tls.key'))
    await expect(load(now)).rejects.toThrow(/ENOENT.*tls\.key/)
  })
})
