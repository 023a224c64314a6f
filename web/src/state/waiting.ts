// What takes long comes at once or from a job that is asked again and again until it is done.
import { ApiProblem } from '@/api/client'
import type { Job } from '@/api/types_analysis'
import type { Words } from '@/words'

/** The job itself failed: the service is there, and asking again begins it anew. */
export class JobFailed extends ApiProblem {}

const MOST_MS = 1200
const FIRST_MS = 150

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('overtaken', 'AbortError'))
    })
  })

const isJob = (answer: object): answer is { readonly job: string } => 'job' in answer

interface Asking<T> {
  readonly ask: () => Promise<T | { readonly job: string }>
  readonly askJob: (id: string) => Promise<Job>
  /** Told how far the job is. */
  readonly tell: (job: Job) => void
  /** What to say when the job failed. */
  readonly failed: Words
}

export async function waitFor<T extends object>(
  { ask, askJob, tell, failed }: Asking<T>,
  signal: AbortSignal,
  first = FIRST_MS,
): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (!isJob(answer)) return answer
    let job = await askJob(answer.job)
    // What was kept from before comes soon; what is made anew takes its time.
    let wait = first
    while (job.status === 'waiting' || job.status === 'running') {
      tell(job)
      await pause(wait, signal)
      wait = Math.min(2 * wait, MOST_MS)
      job = await askJob(answer.job)
    }
    if (job.status === 'failed') throw new JobFailed(500, failed, job.problem ?? failed)
  }
}
