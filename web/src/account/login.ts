// What the service answers to a login.
import type { ApiProblem } from '@/api/client'

/** Whether name and password were right and the code of the second factor is wanted. */
export const asksCode = (problem: ApiProblem): boolean =>
  problem.status === 401 &&
  (problem.more['second_factor'] === true || String(problem.more['type'] ?? '').endsWith('logins.factor_needed'))
