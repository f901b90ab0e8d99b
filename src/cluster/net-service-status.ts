// Writes the status of a NetService, of either group. Never touches anything else of it.

import { NET_SERVICE } from '../core/names.ts'
import { refusalOf } from './asks-api.ts'
import { isSuccess, type ApiClient } from './client.ts'
import { KINDS, objectPath } from './kinds.ts'
import type { KnownNetService } from './known-service.ts'

/** Quiet where it is gone, or where its group keeps no status that we may write. Rejects with an error for people otherwise. */
export function writesStatus(
  client: Pick<ApiClient, 'request'>,
  { fieldManager, mayWrite }: { readonly fieldManager: string; readonly mayWrite: () => boolean },
): (netService: KnownNetService, status: object) => Promise<void> {
  return async ({ group, namespace, name }, status) => {
    if (!mayWrite()) return
    const kind = group === NET_SERVICE.group ? KINDS.netService : KINDS.oldNetService
    const answer = await client.request({
      method: 'PATCH',
      path: objectPath(kind, { namespace, name }, 'status'),
      query: { fieldManager },
      contentType: 'application/merge-patch+json',
      body: { status },
    })
    const keepsNone = group !== NET_SERVICE.group && answer.status === 403
    if (isSuccess(answer.status) || answer.status === 404 || keepsNone) return
    throw refusalOf(`write the status of NetService ${namespace}/${name}`, answer)
  }
}
