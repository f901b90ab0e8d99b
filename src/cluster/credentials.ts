// With which kubeconfig do we reach the cluster? Loaded by the official client library, so that every way of
// authentication that kubectl knows works here too. Never talks to the cluster.

import { KubeConfig } from '@kubernetes/client-node'

/**
 * `file`, or else what KUBECONFIG or ~/.kube/config say, or else the Pod's own ServiceAccount.
 * Throws an Error for people where the file cannot be read.
 */
export function loadCredentials(file: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig()
  try {
    if (file === undefined) kubeConfig.loadFromDefault()
    else kubeConfig.loadFromFile(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot read the kubeconfig${file === undefined ? '' : ` ${file}`}: ${why}`, {
      cause: error,
    })
  }
  return kubeConfig
}

/** The namespace of the current context, as kubectl takes it where none is given. */
export function contextNamespace(kubeConfig: KubeConfig): string {
  return kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace ?? 'default'
}
