// Numbers as a reader of the chosen language writes them. The only place that rounds.
import type { Indicator } from '@/api/types'
import { language, say, text } from '@/words'

export const NO_FIGURE = '–'

const makers = new Map<string, Intl.NumberFormat>()

function maker(decimals: number): Intl.NumberFormat {
  const key = `${language.value} ${decimals}`
  let made = makers.get(key)
  if (!made) {
    made = new Intl.NumberFormat(language.value === 'zh' ? 'zh-CN' : 'en', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    })
    makers.set(key, made)
  }
  return made
}

/** A number with `decimals` places; a true minus sign; a dash for no number. */
export function number(value: number | null | undefined, decimals = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE
  const written = maker(decimals).format(value).replace('-', '−')
  return /[1-9]/.test(written) ? written : written.replace('−', '')
}

/** A change, with its sign always written. */
export function change(value: number | null | undefined, decimals = 0): string {
  const written = number(value, decimals)
  return value !== null && value !== undefined && value > 0 && /[1-9]/.test(written) ? `+${written}` : written
}

/** A figure with its unit: percent stands at the number, other units behind a space. */
export function figure(value: number | null | undefined, indicator: Pick<Indicator, 'decimals' | 'unit'>): string {
  const written = number(value, indicator.decimals)
  if (written === NO_FIGURE) return written
  const unit = text(indicator.unit)
  if (!unit) return written
  return unit.startsWith('%') ? written + unit : `${written} ${unit}`
}

/** People, short: 1,230万 or 12.3 million once they are many. */
export function people(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE
  if (language.value === 'zh') {
    return value >= 10_000 ? say('map.people_many', { count: number(value / 10_000, value < 1e6 ? 1 : 0) }) : number(value)
  }
  return value >= 1e6 ? say('map.people_many', { count: number(value / 1e6, 2) }) : number(value)
}

/** Longitude and latitude with their letters: 114.3000°E 30.6000°N. */
export function lonLat(lon: number, lat: number): string {
  const wrapped = ((((lon + 180) % 360) + 360) % 360) - 180
  const east = `${Math.abs(wrapped).toFixed(4)}°${wrapped < 0 ? 'W' : 'E'}`
  return `${east}  ${Math.abs(lat).toFixed(4)}°${lat < 0 ? 'S' : 'N'}`
}

/** A round length of a scale bar, without places it does not need. */
export function roundLength(km: number): string {
  return km < 1 ? `${number(km * 1000)} ${say('map.unit_m')}` : `${number(km)} ${say('map.unit_km')}`
}

/** A length as a map reader wants it: metres below one kilometre. */
export function length(km: number): string {
  if (km < 1) return `${number(km * 1000)} ${say('map.unit_m')}`
  return `${number(km, km < 100 ? 2 : 1)} ${say('map.unit_km')}`
}

export function area(km2: number): string {
  if (km2 < 1) return `${number(km2 * 1e6)} ${say('map.unit_m2')}`
  return `${number(km2, km2 < 100 ? 2 : 1)} ${say('map.unit_km2')}`
}
