/** What the API server sends when somebody deletes a NetworkAttachmentDefinition. */
export function deletionReview(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: 'k8s.cni.cncf.io', version: 'v1', kind: 'NetworkAttachmentDefinition' },
      resource: { group: 'k8s.cni.cncf.io', version: 'v1', resource: 'network-attachment-definitions' },
      requestKind: { group: 'k8s.cni.cncf.io', version: 'v1', kind: 'NetworkAttachmentDefinition' },
      requestResource: {
        group: 'k8s.cni.cncf.io',
        version: 'v1',
        resource: 'network-attachment-definitions',
      },
      name: 'macvlan-a',
      namespace: 'blue',
      operation: 'DELETE',
      userInfo: {
        username: 'jane',
        groups: ['system:authenticated'],
        extra: { 'example.org/team': ['net'] },
      },
      object: null,
      oldObject: {
        apiVersion: 'k8s.cni.cncf.io/v1',
        kind: 'NetworkAttachmentDefinition',
        metadata: { name: 'macvlan-a', namespace: 'blue' },
      },
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions' },
      ...changes,
    },
  }
}
