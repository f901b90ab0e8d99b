// The files a control plane is started from: keys, tokens, policies; and the kubeconfigs it is reached with.
// Never starts anything and never outlives the control plane.

import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { auditPolicy, type AuditLevel } from './audit.ts'
import { kubeconfig, tokenFile, type User } from './users.ts'

const PRIVATE = { mode: 0o600 }

/** Makes the folder; one that exists must be empty, since it is removed in the end. */
export function makeStateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (readdirSync(folder).length > 0) {
    throw new Error(`${folder} is not empty; name a new folder: it is removed when the control plane stops`)
  }
}

export function writeSettings(
  folder: string,
  tokens: ReadonlyMap<User, string>,
  auditLevel: AuditLevel,
): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(`${folder}/sa.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }), PRIVATE)
  writeFileSync(`${folder}/sa.pub`, publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(`${folder}/tokens.csv`, tokenFile(tokens), PRIVATE)
  writeFileSync(`${folder}/audit-policy.yaml`, auditPolicy(auditLevel))
}

/** The authority that signed the API server's own certificate; it stands behind the leaf in the same file. */
export function readAuthority(folder: string): string {
  const bundle = readFileSync(`${folder}/apiserver/apiserver.crt`, 'utf8')
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []
  const authority = certificates.find((certificate) => new X509Certificate(certificate).ca)
  if (authority === undefined)
    throw new Error(`${folder}/apiserver/apiserver.crt holds no certificate of an authority`)
  return authority
}

export const kubeconfigPath = (folder: string, user: string): string =>
  `${folder}/${user.replaceAll(/[^A-Za-z0-9.-]/g, '_')}.kubeconfig`

export function writeKubeconfigs(
  folder: string,
  server: string,
  ca: string,
  tokens: ReadonlyMap<User, string>,
): void {
  for (const [{ name }, token] of tokens) {
    writeFileSync(kubeconfigPath(folder, name), kubeconfig({ server, ca, user: name, token }), PRIVATE)
  }
}
