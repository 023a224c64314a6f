// The view as a PNG: map, title, legend, scale, sources. Drawn here, sent nowhere.
import type { Map as MapLibre } from 'maplibre-gl'

import { roundLength } from '@/format/numbers'
import { region, sources, stateName } from '@/state/region'
import { view } from '@/state/view'
import { legendOf, type Legend } from '@/themes/legend'
import { mainTheme, otherTheme } from '@/themes/shown'
import { language, say, text } from '@/words'

import { scaleAt } from './scale'
import { maps } from './stage'

const FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif'
const HEAD = 46
const FOOT_LINE = 16
const INKS = { ink: '#18262c', soft: '#4a5a62', paper: '#ffffff', line: '#a9b5ba' }

/** Pictures are for paper too: at least this many pixels for one of the screen. */
const DENSE = 2

/** A map's pixels. Drawn anew in the same breath: a map's canvas is empty once its frame is shown. */
function pixelsOf(map: MapLibre): HTMLCanvasElement {
  const before = map.getPixelRatio()
  if (before < DENSE) map.setPixelRatio(DENSE)
  map.redraw()
  const source = map.getCanvas()
  const copy = document.createElement('canvas')
  copy.width = source.width
  copy.height = source.height
  copy.getContext('2d')?.drawImage(source, 0, 0)
  if (before < DENSE) map.setPixelRatio(before)
  return copy
}

/** The maps as they stand, two of them cut where the divider is. Null before there is a map. */
export function takeMaps(): { canvas: HTMLCanvasElement; map: MapLibre } | null {
  const map = maps.value.get('main')
  if (!map) return null
  const canvas = pixelsOf(map)
  const other = view.value.compare ? maps.value.get('other') : undefined
  const context = canvas.getContext('2d')
  if (other && context) {
    const right = pixelsOf(other)
    const at = Math.round((canvas.width * view.value.split) / 100)
    context.drawImage(right, at, 0, right.width - at, right.height, at, 0, canvas.width - at, canvas.height)
    context.fillStyle = INKS.paper
    context.fillRect(at - 2, 0, 4, canvas.height)
  }
  return { canvas, map }
}

export class Pen {
  constructor(readonly context: CanvasRenderingContext2D) {}

  say(words: string, x: number, y: number, size: number, colour = INKS.ink, bold = false): number {
    this.context.font = `${bold ? '600 ' : ''}${size}px ${FONT}`
    this.context.fillStyle = colour
    this.context.fillText(words, x, y)
    return this.context.measureText(words).width
  }

  /** Break a text into lines no wider than `width`. */
  lines(words: string, width: number, size: number): string[] {
    this.context.font = `${size}px ${FONT}`
    const done: string[] = []
    let line = ''
    // Chinese may break anywhere, English between words.
    for (const piece of words.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) ?? []) {
      if (line && this.context.measureText(line + piece).width > width) {
        done.push(line.trimEnd())
        line = ''
      }
      line += piece
    }
    return line ? [...done, line.trimEnd()] : done
  }
}

function drawLegend(pen: Pen, legend: Legend, left: number, bottom: number): number {
  const rows = legend.missing ? [...legend.classes, legend.missing] : legend.classes
  const wide = 230
  const titles = pen.lines(`${legend.title}（${legend.unit}）`.replace('（）', ''), wide - 24, 13)
  const high = 14 + titles.length * 18 + rows.length * 18 + 8
  const top = bottom - high
  const { context } = pen
  context.fillStyle = INKS.paper
  context.fillRect(left, top, wide, high)
  context.strokeStyle = INKS.line
  context.lineWidth = 1
  context.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1)
  titles.forEach((line, at) => pen.say(line, left + 12, top + 20 + at * 18, 13, INKS.ink, true))
  rows.forEach((row, at) => {
    const y = top + 14 + titles.length * 18 + at * 18
    context.fillStyle = row.colour
    context.fillRect(left + 12, y, 24, 13)
    context.strokeStyle = INKS.line
    context.strokeRect(left + 12.5, y + 0.5, 23, 12)
    pen.say(row.range, left + 44, y + 11, 12)
  })
  return wide
}

/** Draw the scale bar with its lower right corner at a place. */
export function drawScale(pen: Pen, map: MapLibre, right: number, bottom: number): void {
  const bar = scaleAt(map.getCenter().lat, map.getZoom())
  const left = right - bar.pixels - 14
  const { context } = pen
  context.fillStyle = 'rgb(255 255 255 / 85%)'
  context.fillRect(left - 8, bottom - 26, bar.pixels + 16, 26)
  context.strokeStyle = INKS.ink
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(left, bottom - 12)
  context.lineTo(left, bottom - 6)
  context.lineTo(left + bar.pixels, bottom - 6)
  context.lineTo(left + bar.pixels, bottom - 12)
  context.stroke()
  context.textAlign = 'center'
  pen.say(roundLength(bar.km), left + bar.pixels / 2, bottom - 11, 11)
  context.textAlign = 'left'
}

function footLines(pen: Pen, width: number): string[] {
  const themes = [mainTheme.value, view.value.compare ? otherTheme.value : null]
  const titles = new Set(themes.flatMap((theme) => (theme ? legendOf(theme, sources.value).sources : [])))
  const made = say('map.printed', {
    date: new Date().toLocaleDateString(language.value === 'zh' ? 'zh-CN' : 'en-GB'),
    hash: region.data.value?.hash.slice(0, 12) ?? '',
  })
  return [
    ...(titles.size ? pen.lines(say('map.sources_are', { sources: [...titles].join(say('map.and')) }), width, 11) : []),
    ...pen.lines(`${made} · ${say('map.borders_shown')}`, width, 11),
  ]
}

/** Draw the view as it stands, with title, legend, scale and sources. */
export function takePicture(): HTMLCanvasElement {
  const taken = takeMaps()
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!taken || !context) throw new Error(say('map.no_map'))
  const wide = taken.map.getCanvas().clientWidth
  const high = taken.map.getCanvas().clientHeight
  const dense = taken.canvas.width / wide
  const pen = new Pen(context)
  const lines = footLines(pen, wide - 24)
  canvas.width = wide * dense
  canvas.height = (HEAD + high + lines.length * FOOT_LINE + 14) * dense
  context.scale(dense, dense)
  context.fillStyle = INKS.paper
  context.fillRect(0, 0, wide, canvas.height / dense)
  const theme = mainTheme.value
  const other = view.value.compare ? otherTheme.value : null
  const title = theme ? text(theme.title ?? theme.indicator.title) : say('map.title')
  const used = pen.say(title, 12, 30, 18, INKS.ink, true)
  pen.say(subtitle(), 12 + used + 14, 30, 13, INKS.soft)
  context.drawImage(taken.canvas, 0, HEAD, wide, high)
  if (theme) drawLegend(pen, legendOf(theme, sources.value), 12, HEAD + high - 12)
  if (other) drawLegend(pen, legendOf(other, sources.value), wide - 242, HEAD + high - 46)
  drawScale(pen, taken.map, wide - 8, HEAD + high - 10)
  lines.forEach((line, at) => pen.say(line, 12, HEAD + high + 16 + at * FOOT_LINE, 11, INKS.soft))
  return canvas
}

/** The region, and which states of it are shown. */
export function subtitle(): string {
  const { state, compare } = view.value
  const name = text(region.data.value?.name)
  if (compare) return `${name} · ${stateName(state)} | ${stateName(compare.state)}`
  return state === null ? name : `${name} · ${say('map.scenario_named', { title: stateName(state) })}`
}

/** Save the view as a PNG file. */
export async function savePicture(): Promise<void> {
  const canvas = takePicture()
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png')
  })
  if (!blob) throw new Error(say('map.no_map'))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  const theme = mainTheme.value
  const name = theme ? text(theme.title ?? theme.indicator.title) : say('map.title')
  link.download = `${text(region.data.value?.name)} ${name}.png`
  link.click()
  URL.revokeObjectURL(link.href)
}
