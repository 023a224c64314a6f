// Places that tools work with: in the address, on the map, by name.
import type { CardLevel, LonLat } from '@/api/types'
import { api } from '@/api'
import { number } from '@/format/numbers'
import { fit, show } from '@/map/stage'
import { region } from '@/state/region'
import { view } from '@/state/view'
import { text } from '@/words'

/** How a place is written in a line: 114.3000, 30.6000. */
export const placeText = (at: LonLat): string => `${number(at[0], 4)}, ${number(at[1], 4)}`

/** Name of a unit that the region knows; its code otherwise. */
export function unitName(level: string, code: string): string {
  const known = region.data.value
  if (level === 'city') return text(known?.cities.find((one) => one.code === code)?.name) || code
  if (level === 'county') return text(known?.counties.find((one) => one.code === code)?.name) || code
  if (level === 'group') return text(known?.groups.find((one) => one.id === code)?.name) || code
  return code
}

/** The city a county lies in, to tell counties of one name apart. */
export function cityOf(level: string, code: string): string {
  if (level !== 'county') return ''
  const county = region.data.value?.counties.find((one) => one.code === code)
  return county ? unitName('city', county.city) : ''
}

/** Show a unit on the map; the tool stays open. Returns where it is. */
export async function zoomTo(level: CardLevel, code: string): Promise<LonLat | null> {
  const card = await api.card(level, code, view.value.state)
  if (card.bbox) fit(card.bbox, 11)
  else if (card.at) show(card.at, 10)
  return card.at
}
