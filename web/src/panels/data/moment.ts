// A point in time as a reader writes it.
import { language } from '@/words'

export const moment = (at: string): string =>
  new Date(at).toLocaleString(language.value === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
