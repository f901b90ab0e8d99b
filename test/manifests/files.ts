// The objects that get installed, as the tests of this folder look at them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectRoot, readManifests } from '../../src/manifests/read.ts'

export const root = projectRoot(import.meta.dirname)

export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

export interface LabelRequirement {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

export interface Webhook {
  readonly name: string
  readonly failurePolicy: string
  readonly timeoutSeconds: number
  readonly clientConfig: Readonly<Record<string, unknown>>
  readonly rules: readonly Readonly<Record<string, unknown>>[]
  readonly namespaceSelector?: { readonly matchExpressions: readonly LabelRequirement[] }
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[]
  readonly [field: string]: unknown
}

/** Only the fields that tests ask for; which kind has which is known to whoever asks. */
export interface Installed {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly rules?: readonly Rule[]
  readonly subjects?: readonly Readonly<Record<string, string>>[]
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly webhooks?: readonly Webhook[]
  readonly spec?: Readonly<Record<string, unknown>>
}

/** As the files have them, before any option. */
export const manifests = readManifests(root)

export const typed = (objects: readonly unknown[]): readonly Installed[] => objects as readonly Installed[]

export const installed = typed(manifests)

export const ofKind = (kind: string, objects = installed): readonly Installed[] =>
  objects.filter((object) => object.kind === kind)

export function only(kind: string, objects = installed): Installed {
  const [found, ...more] = ofKind(kind, objects)
  if (found === undefined || more.length > 0)
    throw new Error(`expected one ${kind}, found ${more.length + (found ? 1 : 0)}`)
  return found
}

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

export const readYaml = (path: string): unknown => parse(read(path))

/** Every text anywhere in a value. */
export function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}
