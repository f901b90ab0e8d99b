// Which NetworkAttachmentDefinition do a namespace and a name mean? None, where no object can be called so.
// Never looks whether it exists.

import { objectKey, type ObjectKey } from '../object-key.ts'

/** Undefined for what the API server accepts as no name: empty, with a slash, or longer than 253 characters. */
export function networkKey(namespace: string, name: string): ObjectKey | undefined {
  return canBeName(namespace) && canBeName(name) ? objectKey(namespace, name) : undefined
}

function canBeName(text: string): boolean {
  return text !== '' && text.length <= 253 && !text.includes('/')
}
