// A draft at work: its form, its values, which are kept by themselves, its files and evidence.
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'

import type { ApiProblem } from '@/api/client'
import { hall, type HallDraft, type HallEvidence, type HallFile, type HallForm } from '@/api/hall'
import { asProblem } from '@/state/resource'

import { both, text, type Words } from '../words'
import { faultsOf, type Say } from './faults'
import { fieldsOf, type Field } from './fields'
import { filled, taken } from './papers'
import { at, put, same, type Values } from './pointers'

export type Keeping = 'kept' | 'waiting' | 'keeping' | 'failed' | 'stale'

export interface Work {
  readonly draft: ShallowRef<HallDraft | null>
  readonly form: ShallowRef<HallForm | null>
  readonly problem: ShallowRef<ApiProblem | null>
  readonly data: ShallowRef<Values>
  readonly fields: ComputedRef<readonly Field[]>
  readonly files: ShallowRef<readonly HallFile[]>
  readonly evidence: ShallowRef<readonly HallEvidence[]>
  /** What is wrong as far as the page can tell, by pointer. */
  readonly faults: ComputedRef<ReadonlyMap<string, Words>>
  readonly keeping: Ref<Keeping>
  readonly kept: Ref<string>
  readonly open: () => Promise<void>
  readonly set: (pointer: string, value: unknown) => void
  /** Keep what was typed now; false if that failed. */
  readonly keep: () => Promise<boolean>
  readonly see: (evidence: readonly HallEvidence[]) => void
  /** Where a value came from that nobody typed; null: it was typed. */
  readonly source: (field: Field) => { readonly title: Words; readonly at: string | null } | null
}

const PAUSE = 1200
const AGAIN = 10_000

const sayFault: Say = (name, values) => both(`hall_screens.fault_${name}`, values)

interface Keeper {
  readonly keeping: Ref<Keeping>
  readonly kept: Ref<string>
  /** What the service has, as it was read. */
  readonly begin: (found: HallDraft) => void
  readonly later: () => void
  readonly keep: () => Promise<boolean>
}

/** Keep the values of a draft by themselves, a moment after they changed. */
function useKeeper(id: string, data: ShallowRef<Values>): Keeper {
  const keeping = ref<Keeping>('kept')
  const kept = ref('')
  let seen: number | null = null
  let timer = 0
  let sent: Values = {}
  let running: Promise<boolean> | null = null

  function begin(found: HallDraft): void {
    seen = found.seen
    kept.value = found.saved_at
    sent = found.data
    keeping.value = 'kept'
  }
  function later(): void {
    window.clearTimeout(timer)
    if (keeping.value !== 'stale') keeping.value = 'waiting'
    timer = window.setTimeout(() => void keep(), PAUSE)
  }
  async function keepNow(): Promise<boolean> {
    while (seen !== null && !same(sent, data.value)) {
      const now = data.value
      keeping.value = 'keeping'
      try {
        const answer = await hall.keep(id, seen, now)
        if (answer) begin(answer)
        sent = now
      } catch (error) {
        const found = asProblem(error)
        // Kept meanwhile in another window: what is there must not be written over unseen.
        keeping.value = found.status === 409 || found.status === 412 ? 'stale' : 'failed'
        return false
      }
    }
    keeping.value = 'kept'
    return true
  }
  // One at a time, so that each names the state that the one before made.
  async function keep(): Promise<boolean> {
    window.clearTimeout(timer)
    if (keeping.value === 'stale') return false
    running ??= keepNow().finally(() => {
      running = null
    })
    return running
  }

  const unsaved = (): boolean => seen !== null && !same(sent, data.value)
  function onLeave(event: BeforeUnloadEvent): void {
    if (unsaved()) event.preventDefault()
  }
  const onHide = (): void => {
    if (document.visibilityState === 'hidden' && unsaved()) void keep()
  }
  // What could not be kept is tried again: a line that was away comes back.
  const again = window.setInterval(() => {
    if (keeping.value === 'failed') void keep()
  }, AGAIN)
  onMounted(() => {
    window.addEventListener('beforeunload', onLeave)
    document.addEventListener('visibilitychange', onHide)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', onLeave)
    document.removeEventListener('visibilitychange', onHide)
    window.clearInterval(again)
    if (unsaved()) void keep()
  })
  return { keeping, kept, begin, later, keep }
}

export function useDraft(id: string): Work {
  const draft = shallowRef<HallDraft | null>(null)
  const form = shallowRef<HallForm | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const data = shallowRef<Values>({})
  const files = shallowRef<readonly HallFile[]>([])
  const evidence = shallowRef<readonly HallEvidence[]>([])
  const fields = computed(() => (form.value ? fieldsOf(form.value, data.value) : []))
  const faults = computed(() =>
    form.value ? faultsOf(form.value, fields.value, data.value, (words) => text(words), sayFault) : new Map<string, Words>(),
  )
  const emptied = new Set<string>()
  const { keeping, kept, begin, later, keep } = useKeeper(id, data)

  async function open(): Promise<void> {
    problem.value = null
    try {
      const found = await hall.draft(id)
      form.value = await hall.form(found.about)
      draft.value = found
      files.value = found.files
      evidence.value = found.evidence
      data.value = filled(form.value, found.data, found.evidence)
      begin(found)
      if (!same(found.data, data.value)) later()
    } catch (error) {
      problem.value = asProblem(error)
    }
  }
  function set(pointer: string, value: unknown): void {
    if (value === undefined) emptied.add(pointer)
    const next = put(data.value, pointer, value)
    // What a choice opens may have values of its own.
    data.value = form.value ? filled(form.value, next, evidence.value, emptied) : next
    later()
  }

  // Evidence that is agreed to fills what is still empty.
  function see(found: readonly HallEvidence[]): void {
    evidence.value = found
    const now = form.value ? filled(form.value, data.value, found, emptied) : data.value
    if (same(now, data.value)) return
    data.value = now
    later()
  }
  function source(field: Field): { title: Words; at: string | null } | null {
    const value = at(data.value, field.pointer)
    if (value === undefined) return null
    const known = taken(field, evidence.value)
    if (known && same(known.value, value)) return { title: known.from.document.title, at: known.from.at }
    const before = form.value?.prefill[field.pointer]
    return before && same(before.value, value) ? before.source : null
  }
  void open()
  return { draft, form, problem, data, fields, files, evidence, faults, keeping, kept, open, set, keep, see, source }
}
