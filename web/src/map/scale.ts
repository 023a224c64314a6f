// How large the map is drawn. Pure.

export interface ScaleBar {
  /** A round length… */
  readonly km: number
  /** …and how long it is on the screen. */
  readonly pixels: number
  /** One to how much, on a screen of 96 pixels an inch, as CSS has it; two figures are enough. */
  readonly ratio: number
}

const EQUATOR_M = 40_075_016.686
const TILE_PIXELS = 512
const PIXELS_A_METRE = 96 / 0.0254
const LONGEST = 110

/** Kilometres that a pixel spans at a latitude and zoom, in Web Mercator. */
export function kmAPixel(lat: number, zoom: number): number {
  return (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / (TILE_PIXELS * 2 ** zoom) / 1000
}

export function scaleAt(lat: number, zoom: number): ScaleBar {
  const span = kmAPixel(lat, zoom)
  const longest = span * LONGEST
  const ten = 10 ** Math.floor(Math.log10(longest))
  const km = ([5, 2, 1].find((step) => step * ten <= longest) ?? 1) * ten
  const exact = span * 1000 * PIXELS_A_METRE
  const digits = 10 ** (Math.floor(Math.log10(exact)) - 1)
  return { km, pixels: km / span, ratio: Math.round(exact / digits) * digits }
}
