// Introduces the serving certificate to where it comes from (our Secret, or somebody's files), to the server that
// serves it and to the webhook configurations that must trust it. No rule lives here.

import { loadsFromStore } from '../certificates/agree.ts'
import { LIFETIMES } from '../certificates/certificate-set.ts'
import { loadsFromFiles } from '../certificates/from-files.ts'
import { servedNames } from '../certificates/names.ts'
import { publishesTrust } from '../cluster/ca-bundle.ts'
import { certificateSecret } from '../cluster/certificate-secret.ts'
import type { ApiClient } from '../cluster/client.ts'
import type { ServeConfig } from '../config.ts'
import { INSTALLED } from '../core/names.ts'
import type { Log } from '../observe/log.ts'
import type { HttpsServer } from '../server/https-server.ts'
import { ServingCertificate, type Loaded } from '../server/serving-certificate.ts'
import { wallClock } from './wall-clock.ts'

/** How often the certificate is looked at, and how often what the API server was told of it, in milliseconds. */
const LOOK_MS = 5_000
const TELL_MS = 5_000

export function servingCertificate(
  config: ServeConfig,
  client: ApiClient,
  server: HttpsServer,
  log: Log,
): ServingCertificate {
  const publish = publishesTrust(client, {
    name: INSTALLED.webhookConfiguration,
    namespace: config.namespace,
    fieldManager: INSTALLED.name,
    kinds: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
  })
  return new ServingCertificate({
    load: loader(config, client),
    serve: (pair) => server.setCertificate(pair),
    publish: async (caBundle) => {
      const published = await publish(caBundle)
      return published
        .filter(({ outcome }) => outcome !== 'unchanged')
        .map(({ kind, outcome }) => `${kind} ${INSTALLED.webhookConfiguration}: ${TOLD[outcome]}`)
    },
    clock: wallClock,
    interval: LOOK_MS,
    publishInterval: TELL_MS,
    report: ({ level, message }) => log[level](message),
  })
}

const TOLD = {
  unchanged: 'as it should be',
  written: 'now trusts our certificate',
  absent: 'is not there; "sidenet manifests" prints it, and until it is applied nobody asks us',
} as const

function loader(
  { namespace, listen, tlsFiles }: ServeConfig,
  client: ApiClient,
): (now: number) => Promise<Loaded> {
  const names = servedNames({ namespace, ...(listen.host === undefined ? {} : { listenHost: listen.host }) })
  if (tlsFiles !== undefined) {
    return loadsFromFiles({ certFile: tlsFiles.cert, keyFile: tlsFiles.key, names })
  }
  const secret = certificateSecret(client, {
    namespace,
    name: INSTALLED.tlsSecret,
    fieldManager: INSTALLED.name,
  })
  return loadsFromStore(secret, { names, lifetimes: LIFETIMES })
}
