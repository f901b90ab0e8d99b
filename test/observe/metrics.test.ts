// The numbers as Prometheus reads them.

import { describe, expect, it } from '@jest/globals'
import { createMetrics, type Metrics, type WatchState } from '../../src/observe/metrics.ts'

const scraped = async (metrics: Metrics): Promise<string[]> => (await metrics.scrape()).text.split('\n')
const samples = async (metrics: Metrics, name: string): Promise<string[]> =>
  (await scraped(metrics)).filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)))

const pods: WatchState = {
  resource: 'pods',
  objects: 7,
  silentSeconds: 1.5,
  lists: 1,
  watches: 3,
  failures: 2,
}
const answer = {
  resource: 'network-attachment-definitions',
  operation: 'DELETE',
  decision: 'deny',
  reason: 'NetworkInUse',
  dryRun: false,
  seconds: 0.003,
  status: 200,
}

describe('metrics', () => {
  it('count every answer by what was asked and how it was decided', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.observeAdmission(answer)
    metrics.observeAdmission(answer)
    metrics.observeAdmission({ ...answer, dryRun: true })
    const labels = (dryRun: boolean) =>
      `{resource="network-attachment-definitions",operation="DELETE",decision="deny",reason="NetworkInUse",dry_run="${dryRun}",status="200"}`
    expect(await samples(metrics, 'sidenet_admission_requests_total')).toEqual([
      `sidenet_admission_requests_total${labels(false)} 2`,
      `sidenet_admission_requests_total${labels(true)} 1`,
    ])
    expect(await samples(metrics, 'sidenet_admission_duration_seconds_count')).toEqual([
      'sidenet_admission_duration_seconds_count{resource="network-attachment-definitions",operation="DELETE",decision="deny"} 3',
    ])
  })

  it('count the proofs of freshness and their time', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.observeFreshness({ proof: 'watch', outcome: 'late', seconds: 3 })
    expect(await samples(metrics, 'sidenet_freshness_proofs_total')).toEqual([
      'sidenet_freshness_proofs_total{proof="watch",outcome="late"} 1',
    ])
    expect(await samples(metrics, 'sidenet_freshness_proof_seconds_sum')).toEqual([
      'sidenet_freshness_proof_seconds_sum{proof="watch"} 3',
    ])
  })

  it('ask for what others know at the moment of the scrape, and forget what is gone', async () => {
    const metrics = createMetrics('1.2.3')
    let watches: readonly WatchState[] = [pods, { ...pods, resource: 'services', silentSeconds: undefined }]
    let notAfter: Date | undefined = new Date(5_000)
    metrics.readFrom({ watches: () => watches })
    metrics.readFrom({ inFlight: () => 4, certificateNotAfter: () => notAfter, unreadablePods: () => 2 })
    expect(await samples(metrics, 'sidenet_unreadable_pods')).toEqual(['sidenet_unreadable_pods 2'])
    expect(await samples(metrics, 'sidenet_admission_in_flight')).toEqual(['sidenet_admission_in_flight 4'])
    expect(await samples(metrics, 'sidenet_certificate_not_after_seconds')).toEqual([
      'sidenet_certificate_not_after_seconds 5',
    ])
    expect(await samples(metrics, 'sidenet_watch_silent_seconds')).toEqual([
      'sidenet_watch_silent_seconds{resource="pods"} 1.5',
    ])
    expect(await samples(metrics, 'sidenet_watch_failures_total')).toEqual([
      'sidenet_watch_failures_total{resource="pods"} 2',
      'sidenet_watch_failures_total{resource="services"} 2',
    ])
    watches = [pods]
    notAfter = undefined
    expect(await samples(metrics, 'sidenet_watch_objects')).toEqual([
      'sidenet_watch_objects{resource="pods"} 7',
    ])
    expect(await samples(metrics, 'sidenet_certificate_not_after_seconds')).toEqual([])
  })

  it('can be scraped before anybody told anything', async () => {
    const lines = await scraped(createMetrics('1.2.3'))
    expect(lines).toContain(`sidenet_build_info{version="1.2.3",node="${process.versions.node}"} 1`)
    expect(lines.some((line) => line.startsWith('process_cpu_seconds_total '))).toBe(true)
  })

  it('are named as Prometheus asks for and explained in a sentence', async () => {
    const { text, contentType } = await createMetrics('1.2.3').scrape()
    expect(contentType).toMatch(/^text\/plain;/)
    const ours = [...text.matchAll(/^# (HELP|TYPE) (sidenet_\S+) (.*)$/gm)].map(([, what, name, rest]) => ({
      what,
      name,
      rest,
    }))
    expect(ours.length).toBeGreaterThan(10)
    for (const { what, name, rest } of ours) {
      if (what === 'HELP') expect(rest).toMatch(/^[A-Z].*\.$/)
      else expect([name, rest === 'counter']).toEqual([name, name?.endsWith('_total')])
    }
  })
})
