// The clock of a case as a bar: where it ran, where it stood still, what is left. Pure.

/** What happened to a case, as far as its clock knows it. */
export interface Happened {
  readonly at: string
  readonly what: string
}

export interface Span {
  readonly kind: 'run' | 'stop' | 'left' | 'late'
  readonly from: string
  readonly to: string
  /** Why it stood: the event that stopped it. */
  readonly why: string
  /** Where it begins and how wide it is, as shares of the whole bar. */
  readonly start: number
  readonly width: number
}

export interface Drawn {
  readonly from: string
  readonly to: string
  readonly spans: readonly Span[]
  readonly now: number
  readonly due: number | null
}

const STOPS: Readonly<Record<string, readonly string[]>> = {
  supplement_asked: ['supplemented', 'supplement_missed'],
  suspended: ['resumed'],
}
const ENDS = ['decided', 'withdrawn', 'rejected', 'handed_over']

interface Stop {
  readonly from: number
  readonly to: number
  readonly why: string
}

const time = (at: string): number => Date.parse(at)
const written = (at: number): string => new Date(at).toISOString()

/** Where the clock stood still between its begin and an end, in order; an open one lasts until then. */
function stopsOf(events: readonly Happened[], begin: number, end: number): readonly Stop[] {
  const found: Stop[] = []
  let open: { from: number; why: string } | null = null
  for (const one of events) {
    const at = time(one.at)
    if (open === null && one.what in STOPS) open = { from: at, why: one.what }
    else if (open !== null && STOPS[open.why]?.includes(one.what)) {
      found.push({ ...open, to: at })
      open = null
    }
  }
  if (open !== null) found.push({ ...open, to: end })
  return found
    .map((one) => ({ ...one, from: Math.max(one.from, begin), to: Math.min(one.to, end) }))
    .filter((one) => one.from < one.to)
}

/**
 * Draw the clock of a case. It begins when the case was accepted; one that is not yet has the days
 * since it was received, for accepting it. A case that ended stands at its end; one whose day has
 * passed shows how long ago that was.
 */
export function drawn(events: readonly Happened[], due: string | null, now: string): Drawn | null {
  const inOrder = [...events].sort((one, other) => time(one.at) - time(other.at))
  const first = inOrder.find((one) => one.what === 'accepted') ?? inOrder.find((one) => one.what === 'received')
  if (!first) return null
  const begin = time(first.at)
  const ended = inOrder.find((one) => ENDS.includes(one.what) && time(one.at) >= begin)
  const end = Math.max(begin, ended ? time(ended.at) : time(now))
  const last = due === null ? null : time(due)
  const to = Math.max(end, last ?? end)
  const whole = to - begin || 1
  const share = (at: number): number => Math.min(1, Math.max(0, (at - begin) / whole))

  const spans: Span[] = []
  const add = (kind: Span['kind'], start: number, until: number, why = ''): void => {
    if (until <= start) return
    spans.push({ kind, from: written(start), to: written(until), why, start: share(start), width: share(until) - share(start) })
  }
  let at = begin
  const run = (until: number): void => {
    const turn = last === null ? until : Math.min(until, Math.max(at, last))
    add('run', at, turn)
    add('late', Math.max(at, turn), until)
    at = until
  }
  for (const stop of stopsOf(inOrder, begin, end)) {
    run(stop.from)
    add('stop', stop.from, stop.to, stop.why)
    at = stop.to
  }
  run(end)
  if (!ended) add('left', end, to)
  return { from: written(begin), to: written(to), spans, now: share(end), due: last === null ? null : share(last) }
}
