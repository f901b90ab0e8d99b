// Which objects get installed? Reads them from the files that people read, in the order of their kustomization.
// Never changes one: what differs from one installation to the next is rendered afterwards.

import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { isManifest, isObject, type Manifest } from './manifest.ts'

/**
 * All objects of the kustomize base under `root`, the folder that holds `manifests/` and `webhook-config/`.
 * Throws where a file is missing or holds no manifest: then the installation of Sidenet itself is damaged.
 */
export function readManifests(root: string): Manifest[] {
  return readResource(join(root, 'manifests', 'base'))
}

/** What is installed beside the base where networks are put back: the right to create them. */
export function readRecovery(root: string): Manifest[] {
  return readDocuments(join(root, 'manifests', 'overlays', 'recreate', 'rbac.yaml'))
}

function readResource(path: string): Manifest[] {
  if (!statSync(path).isDirectory()) return readDocuments(path)
  return resourcesOf(join(path, 'kustomization.yaml')).flatMap((resource) =>
    readResource(join(path, resource)),
  )
}

function resourcesOf(file: string): string[] {
  const kustomization: unknown = parse(readFileSync(file, 'utf8'))
  const resources = isObject(kustomization) ? kustomization['resources'] : undefined
  if (!Array.isArray(resources)) throw new Error(`${file} lists no resources`)
  return resources.map(String)
}

function readDocuments(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors[0]) throw new Error(`${file}: ${document.errors[0].message}`)
    const value: unknown = document.toJS()
    if (!isManifest(value)) throw new Error(`${file}: an object without apiVersion, kind or metadata.name`)
    return value
  })
}

/** The folder of this project or of its published package: the nearest one upwards that holds the manifests. */
export function projectRoot(from: string = import.meta.dirname): string {
  const found = statSync(join(from, 'manifests', 'base'), { throwIfNoEntry: false })
  if (found) return from
  if (dirname(from) === from)
    throw new Error('the folder manifests/ that belongs to Sidenet is missing; install Sidenet again')
  return projectRoot(dirname(from))
}
