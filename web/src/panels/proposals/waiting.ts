// Proposals come at once or from a job that is asked again and again until it is done.
import { ApiProblem } from '@/api/client'
import type { Job, Proposal } from '@/api/types_analysis'
import { both } from '@/words'

export class ProposalsFailed extends ApiProblem {}

type Answer = { readonly items: readonly Proposal[] } | { readonly job: string }
const PAUSE_MS = 1200

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('overtaken', 'AbortError'))
    })
  })

export async function waitFor(
  ask: () => Promise<Answer>,
  askJob: (id: string) => Promise<Job>,
  tell: (job: Job) => void,
  signal: AbortSignal,
  every = PAUSE_MS,
): Promise<readonly Proposal[]> {
  for (;;) {
    const answer = await ask()
    if ('items' in answer) return answer.items
    let job = await askJob(answer.job)
    while (job.status === 'waiting' || job.status === 'running') {
      tell(job)
      await pause(every, signal)
      job = await askJob(answer.job)
    }
    if (job.status === 'failed') {
      const title = both('map_proposals.failed')
      throw new ProposalsFailed(500, title, job.problem ?? title)
    }
  }
}
