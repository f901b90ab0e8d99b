// What a request to an API server is about, in two words such as `LIST pods` or `WATCH namespaces`.
// Never judges whether the server would take it.

export interface SeenRequest {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Verb and resource; the path itself where it names no resource. */
  readonly kind: string
}

export function seenRequest(method: string, url: string): SeenRequest {
  const { pathname, searchParams } = new URL(url, 'https://127.0.0.1')
  const target = resourceOf(pathname)
  const watching = ['1', 'true'].includes(searchParams.get('watch') ?? '')
  const kind =
    target === undefined
      ? `${method} ${pathname}`
      : `${verbOf(method, target.named, watching)} ${target.resource}`
  return { method, path: pathname, query: searchParams, kind }
}

/** As the API server's own audit log calls them, in capitals. */
function verbOf(method: string, named: boolean, watching: boolean): string {
  if (method === 'GET') return named ? 'GET' : watching ? 'WATCH' : 'LIST'
  if (method === 'DELETE') return named ? 'DELETE' : 'DELETECOLLECTION'
  return { POST: 'CREATE', PUT: 'UPDATE' }[method] ?? method
}

/** `/api/v1/…` has no group, `/apis/GROUP/VERSION/…` has one; Namespaces are a resource of their own. */
function resourceOf(path: string): { readonly resource: string; readonly named: boolean } | undefined {
  const [, root, ...parts] = path.split('/')
  if (root !== 'api' && root !== 'apis') return undefined
  const rest = parts.slice(root === 'api' ? 1 : 2)
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2
  const [resource, name, subresource] = inNamespace ? rest.slice(2) : rest
  if (resource === undefined) return undefined
  return {
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    named: name !== undefined,
  }
}
