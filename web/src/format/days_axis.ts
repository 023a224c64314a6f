/** How an axis of days writes them: the same for readers of both languages. */
export const DAYS_AXIS = {
  hideOverlap: true,
  formatter: { year: '{yyyy}', month: '{yyyy}-{MM}', day: '{MM}-{dd}' },
} as const
