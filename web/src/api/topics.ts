// The endpoints of topics and of the index.
import { get } from './client'
import type { Examination, IntegrationIndex, Topic } from './types_topics'

export * from './types_topics'

type State = string | null

const WITHIN = ':'

/** The topic that draws a layer; null for what a strand draws by itself. */
export const topicOf = (layer: string | null): string | null =>
  layer?.includes(WITHIN) ? (layer.split(WITHIN)[0] ?? null) : null

export const topics = {
  list: (state: State, signal?: AbortSignal) =>
    get<{ topics: Topic[] }>('topics', { state }, signal).then((answer) => answer.topics),
  /** What a topic finds, or the job that is looking into it. */
  one: (key: string, state: State, signal?: AbortSignal) =>
    get<Examination | { job: string }>(`topics/${encodeURIComponent(key)}`, { state }, signal),
  /** `weights`: strand:weight, comma between; null: all alike. */
  index: (state: State, weights: string | null, signal?: AbortSignal) =>
    get<IntegrationIndex>('index', { state, weights }, signal),
}
