// What an object to be installed looks like while it is rendered: JSON, of which only the head is known.
// Never says what any kind holds; the YAML files under manifests/ and webhook-config/ do.

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export interface Manifest extends JsonObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: JsonObject & { readonly name: string }
}

/** An object without apiVersion, kind or name is no manifest; whoever wrote the file has to mend it. */
export function isManifest(value: unknown): value is Manifest {
  if (!isObject(value) || !isObject(value['metadata'])) return false
  return [value['apiVersion'], value['kind'], value['metadata']['name']].every(
    (text) => typeof text === 'string',
  )
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
