// Which verdict belongs to which subject. A new rule is one function, one line here, one table of cases.

import type { Verdict } from './deletion-table.ts'
import type { NadCrdFacts, NadFacts, NamespaceFacts } from './facts.ts'
import { protectNadCrd } from './protect-nad-crd.ts'
import { protectNad } from './protect-nad.ts'
import { protectNamespace } from './protect-namespace.ts'

export type DeletionFacts =
  | { readonly kind: 'nad'; readonly facts: NadFacts }
  | { readonly kind: 'namespace'; readonly facts: NamespaceFacts }
  | { readonly kind: 'nad-crd'; readonly facts: NadCrdFacts }

export function judgeDeletion(deletion: DeletionFacts): Verdict {
  switch (deletion.kind) {
    case 'nad':
      return protectNad(deletion.facts)
    case 'namespace':
      return protectNamespace(deletion.facts)
    case 'nad-crd':
      return protectNadCrd(deletion.facts)
  }
}
