// Who may speak to the control plane: tokens and kubeconfigs. Never grants rights: that is RBAC's, in the cluster.

import { randomBytes } from 'node:crypto'
import { stringify } from 'yaml'

export interface User {
  readonly name: string
  readonly groups?: readonly string[]
}

/** May do everything, as in a cluster of one's own. */
export const ADMIN: User = { name: 'admin', groups: ['system:masters'] }

/** The same, under another name: tests that count calls tell theirs from the test kit's. */
export const KIT: User = { name: 'test-kit', groups: ['system:masters'] }

export const newToken = (): string => randomBytes(16).toString('hex')

/** One line a user: token, name, uid, groups. Source: Kubernetes' documentation, "Static token file". */
export function tokenFile(tokens: ReadonlyMap<User, string>): string {
  const line = ([user, token]: [User, string]): string =>
    [token, user.name, user.name, ...(user.groups ? [`"${user.groups.join(',')}"`] : [])].join(',')
  return [...tokens].map(line).join('\n') + '\n'
}

export interface Access {
  readonly server: string
  readonly ca: string
  readonly user: string
  readonly token: string
}

export const kubeconfig = ({ server, ca, user, token }: Access): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'sidenet-test',
        cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: user, context: { cluster: 'sidenet-test', user } }],
    'current-context': user,
  })
