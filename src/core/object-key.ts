// The one spelling of "which object": `namespace/name`, written and read here only.

/** `namespace/name`. Kubernetes allows no slash in either part, so the spelling is unambiguous. */
export type ObjectKey = `${string}/${string}`

export function objectKey(namespace: string, name: string): ObjectKey {
  return `${namespace}/${name}`
}

export function namespaceOf(key: ObjectKey): string {
  return key.slice(0, key.indexOf('/'))
}

export function nameOf(key: ObjectKey): string {
  return key.slice(key.indexOf('/') + 1)
}
