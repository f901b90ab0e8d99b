// What is counted and measured, for Prometheus. Holds the numbers and writes them out when asked.
// Never reads a clock or a cluster: whoever knows a number tells it, or is asked for it at scrape time.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { lostNetworks, type ObservesLostNetwork } from './lost-networks.ts'

/** One answer of the admission webhook. */
export interface AdmissionObservation {
  readonly operation: string
  readonly resource: string
  readonly decision: string
  readonly reason: string
  readonly dryRun: boolean
  readonly seconds: number
  readonly status: number
}

/** One attempt to confirm that what we know is fresh: by which kind of proof, how it ended, how long it took. */
export interface FreshnessObservation {
  readonly proof: string
  readonly outcome: string
  readonly seconds: number
}

/** One request that wrote an EndpointSlice, or tried to. */
export interface SliceWriteObservation {
  readonly verb: string
  readonly status: number
}

/** The reconcile loop at this moment. */
export interface LoopState {
  /** Whether this replica may write. */
  readonly leads: boolean
  /** Services that wait to be looked at. */
  readonly depth: number
  /** Services being looked at. */
  readonly working: number
}

/** In Pods, of one Service. */
export interface EndpointCounts {
  readonly ready: number
  readonly total: number
  readonly skipped: number
}

/** How one reflector is doing. */
export interface WatchState {
  /** Plural of the kind, as `pods`. */
  readonly resource: string
  readonly objects: number
  /** Since the API server was last heard on this watch; undefined before the first time. */
  readonly silentSeconds: number | undefined
  /** Full lists, the first one included. */
  readonly lists: number
  /** Watches opened, the first one included. */
  readonly watches: number
  /** Lists and watches that failed or broke. */
  readonly failures: number
}

/** Numbers that somebody else holds, asked for at scrape time. */
export interface MetricSources {
  readonly inFlight: () => number
  readonly watches: () => readonly WatchState[]
  /** Pods with a network annotation that cannot be read. */
  readonly unreadablePods: () => number
  /** End of the serving certificate; undefined while there is none. */
  readonly certificateNotAfter: () => Date | undefined
  readonly loop: () => LoopState
}

export interface Metrics {
  /** Fulfils what the admission handler reports to. */
  readonly observeAdmission: (observation: AdmissionObservation) => void
  readonly observeFreshness: (observation: FreshnessObservation) => void
  readonly observeSliceWrite: (observation: SliceWriteObservation) => void
  /** A network that Pods use is gone: what became of it. */
  readonly observeLostNetwork: ObservesLostNetwork
  /** Replaces what was said of this Service before; without counts nothing is published for it. */
  readonly observeEndpoints: (service: string, counts: EndpointCounts | undefined) => void
  /** Names who is asked at scrape time; replaces what was named before. */
  readonly readFrom: (sources: Partial<MetricSources>) => void
  /** Fulfils what /metrics serves. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>
}

/** From half a millisecond, which a cached answer takes, to the ten seconds a caller waits at most. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** A registry of its own, so that two of them in one process never meet. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  let sources: Partial<MetricSources> = {}
  collectDefaultMetrics({ register: registry })
  buildInfo(registry, version)
  readWhenScraped(registry, () => sources)
  return {
    observeAdmission: admission(registry),
    observeFreshness: freshness(registry),
    observeSliceWrite: sliceWrites(registry),
    observeLostNetwork: lostNetworks(registry),
    observeEndpoints: endpoints(registry),
    readFrom: (named) => (sources = { ...sources, ...named }),
    scrape: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

function admission(registry: Registry): Metrics['observeAdmission'] {
  const requests = new Counter({
    name: 'sidenet_admission_requests_total',
    help: 'Admission requests answered, by what was asked and how it was decided.',
    labelNames: ['resource', 'operation', 'decision', 'reason', 'dry_run', 'status'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'sidenet_admission_duration_seconds',
    help: 'Time from the arrival of an admission request to its answer.',
    labelNames: ['resource', 'operation', 'decision'],
    buckets: SECONDS,
    registers: [registry],
  })
  return ({ resource, operation, decision, reason, dryRun, seconds, status }) => {
    requests.inc({ resource, operation, decision, reason, dry_run: String(dryRun), status: String(status) })
    duration.observe({ resource, operation, decision }, seconds)
  }
}

function freshness(registry: Registry): Metrics['observeFreshness'] {
  const proofs = new Counter({
    name: 'sidenet_freshness_proofs_total',
    help: 'Attempts to confirm that what is known is fresh, by kind of proof and outcome.',
    labelNames: ['proof', 'outcome'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'sidenet_freshness_proof_seconds',
    help: 'Time that an attempt to confirm freshness took, by kind of proof.',
    labelNames: ['proof'],
    buckets: SECONDS,
    registers: [registry],
  })
  return ({ proof, outcome, seconds }) => {
    proofs.inc({ proof, outcome })
    duration.observe({ proof }, seconds)
  }
}

function sliceWrites(registry: Registry): Metrics['observeSliceWrite'] {
  const writes = new Counter({
    name: 'sidenet_slice_writes_total',
    help: 'Requests that wrote an EndpointSlice or tried to, by verb and status of the answer.',
    labelNames: ['verb', 'status'],
    registers: [registry],
  })
  return ({ verb, status }) => writes.inc({ verb, status: String(status) })
}

/** Summed over all Services: a series for each would be too many. */
function endpoints(registry: Registry): Metrics['observeEndpoints'] {
  const byService = new Map<string, EndpointCounts>()
  const sum = (read: (counts: EndpointCounts) => number): number =>
    [...byService.values()].reduce((total, counts) => total + read(counts), 0)
  new Gauge({
    name: 'sidenet_endpoints',
    help: 'Pods of Services on a secondary network: published and ready, published but not ready, left out.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set(
        { state: 'ready' },
        sum(({ ready }) => ready),
      )
      this.set(
        { state: 'not_ready' },
        sum(({ ready, total }) => total - ready),
      )
      this.set(
        { state: 'left_out' },
        sum(({ skipped }) => skipped),
      )
    },
  })
  return (service, counts) => {
    if (counts === undefined) byService.delete(service)
    else byService.set(service, counts)
  }
}

function buildInfo(registry: Registry, version: string): void {
  const labels = { version, node: process.versions.node }
  new Gauge({
    name: 'sidenet_build_info',
    help: 'Always 1; its labels say which Sidenet runs on which Node.',
    labelNames: Object.keys(labels),
    registers: [registry],
  }).set(labels, 1)
}

function readWhenScraped(registry: Registry, sources: () => Partial<MetricSources>): void {
  const single = (name: string, help: string, read: () => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const value = read()
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  single('sidenet_admission_in_flight', 'Admission requests that wait for their answer.', () =>
    sources().inFlight?.(),
  )
  single('sidenet_reconcile_leads', 'Whether this replica may write EndpointSlices: 1 or 0.', () =>
    booleanAsNumber(sources().loop?.().leads),
  )
  single(
    'sidenet_reconcile_queue_depth',
    'Services that wait to be looked at.',
    () => sources().loop?.().depth,
  )
  single('sidenet_reconcile_working', 'Services being looked at.', () => sources().loop?.().working)
  single('sidenet_unreadable_pods', 'Pods with a network annotation that cannot be read.', () =>
    sources().unreadablePods?.(),
  )
  single(
    'sidenet_certificate_not_after_seconds',
    'End of the serving certificate, in seconds since 1970.',
    () => secondsOf(sources().certificateNotAfter?.()),
  )
  readWatches(registry, () => sources().watches?.() ?? [])
}

const booleanAsNumber = (value: boolean | undefined): number | undefined =>
  value === undefined ? undefined : Number(value)

const secondsOf = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1_000

type WatchNumber = readonly [name: string, help: string, read: (watch: WatchState) => number | undefined]

const WATCH_GAUGES: readonly WatchNumber[] = [
  ['sidenet_watch_objects', 'Objects known of a kind.', (watch) => watch.objects],
  [
    'sidenet_watch_silent_seconds',
    'Time since the API server was last heard on a watch.',
    (watch) => watch.silentSeconds,
  ],
]

const WATCH_COUNTERS: readonly WatchNumber[] = [
  ['sidenet_watch_lists_total', 'Full lists of a kind, the first one included.', (watch) => watch.lists],
  [
    'sidenet_watch_starts_total',
    'Watches opened on a kind, the first one included.',
    (watch) => watch.watches,
  ],
  [
    'sidenet_watch_failures_total',
    'Lists and watches of a kind that failed or broke.',
    (watch) => watch.failures,
  ],
]

function readWatches(registry: Registry, watches: () => readonly WatchState[]): void {
  const common = { labelNames: ['resource'], registers: [registry] }
  for (const [name, help, read] of WATCH_GAUGES) {
    new Gauge({
      ...common,
      name,
      help,
      collect() {
        fill(this, watches(), read)
      },
    })
  }
  for (const [name, help, read] of WATCH_COUNTERS) {
    new Counter({
      ...common,
      name,
      help,
      collect() {
        fill(this, watches(), read)
      },
    })
  }
}

function fill(metric: Gauge | Counter, watches: readonly WatchState[], read: WatchNumber[2]): void {
  metric.reset()
  for (const watch of watches) {
    const value = read(watch)
    if (value !== undefined) metric.inc({ resource: watch.resource }, value)
  }
}
