// What each program of the control plane is called with. Never starts anything.

/** The controllers whose behaviour ours has to live with. */
export const CONTROLLERS: readonly string[] = [
  'namespace-controller',
  'garbage-collector-controller',
  'endpointslice-controller',
  'endpoints-controller',
  'endpointslice-mirroring-controller',
  'serviceaccount-controller',
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
]

const flags = (values: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`)

export function etcdFlags(
  folder: string,
  ports: { readonly client: number; readonly peer: number },
): string[] {
  const client = `http://127.0.0.1:${ports.client}`
  const peer = `http://127.0.0.1:${ports.peer}`
  return flags({
    'data-dir': `${folder}/etcd`,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'unsafe-no-fsync': true,
    'log-level': 'error',
  })
}

/** Service addresses; the second range makes the cluster dual-stack. */
const SERVICE_RANGES = { ipv4: '10.96.0.0/16', ipv6: 'fd00:10:96::/112' }

export interface ApiServerSettings {
  readonly folder: string
  readonly port: number
  readonly etcdPort: number
  readonly dualStack: boolean
  readonly serviceAccounts: boolean
  readonly extra: readonly string[]
}

export function apiServerFlags({
  folder,
  port,
  etcdPort,
  dualStack,
  serviceAccounts,
  extra,
}: ApiServerSettings): string[] {
  const common = flags({
    'etcd-servers': `http://127.0.0.1:${etcdPort}`,
    'cert-dir': `${folder}/apiserver`,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'service-cluster-ip-range': dualStack
      ? `${SERVICE_RANGES.ipv4},${SERVICE_RANGES.ipv6}`
      : SERVICE_RANGES.ipv4,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': `${folder}/sa.pub`,
    'service-account-signing-key-file': `${folder}/sa.key`,
    'token-auth-file': `${folder}/tokens.csv`,
    'authorization-mode': 'RBAC',
    'allow-privileged': true,
    'audit-policy-file': `${folder}/audit-policy.yaml`,
    'audit-log-path': `${folder}/audit.log`,
    'audit-log-maxsize': 0,
  })
  // Without the controller that makes them, no Pod could be created for want of a ServiceAccount.
  const withoutServiceAccounts = serviceAccounts ? [] : ['--disable-admission-plugins=ServiceAccount']
  return [...common, ...withoutServiceAccounts, ...extra]
}

export const controllerManagerFlags = (folder: string, controllers: readonly string[]): string[] =>
  flags({
    kubeconfig: `${folder}/admin.kubeconfig`,
    controllers: controllers.join(','),
    'leader-elect': false,
    'use-service-account-credentials': true,
    'service-account-private-key-file': `${folder}/sa.key`,
    'cert-dir': `${folder}/controller-manager`,
    'secure-port': 0,
    'kube-api-qps': 200,
    'kube-api-burst': 400,
  })
