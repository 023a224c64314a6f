// The view as a PNG: map, title, legend, scale, sources. Drawn here, sent nowhere.
import type { Map as MapLibre } from 'maplibre-gl'

import { roundLength } from '@/format/numbers'
import { region } from '@/state/region'
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

/** A map's pixels, taken while they are there: they are gone once the frame is shown. */
function pixelsOf(map: MapLibre): Promise<HTMLCanvasElement> {
  return new Promise((resolve) => {
    map.once('render', () => {
      const source = map.getCanvas()
      const copy = document.createElement('canvas')
      copy.width = source.width
      copy.height = source.height
      copy.getContext('2d')?.drawImage(source, 0, 0)
      resolve(copy)
    })
    map.triggerRepaint()
  })
}

class Pen {
  constructor(
    readonly context: CanvasRenderingContext2D,
    readonly width: number,
    readonly height: number,
  ) {
    context.textBaseline = 'alphabetic'
  }

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

function drawScale(pen: Pen, map: MapLibre, right: number, bottom: number): void {
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

/** Draw the view as it stands. */
export async function takePicture(): Promise<HTMLCanvasElement> {
  const main = maps.value.get('main')
  if (!main) throw new Error(say('map.no_map'))
  const other = view.value.compare ? maps.value.get('other') : undefined
  const [left, right] = await Promise.all([pixelsOf(main), other ? pixelsOf(other) : null])
  const wide = main.getCanvas().clientWidth
  const high = main.getCanvas().clientHeight
  const dense = left.width / wide
  const theme = mainTheme.value
  const sources = theme ? legendOf(theme).sources : []
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context) throw new Error(say('map.no_map'))
  const pen = new Pen(context, wide, high)
  const foot = pen.lines(say('map.sources_are', { sources: sources.join(say('map.and')) }), wide - 24, 11)
  const made = say('map.printed', {
    date: new Date().toLocaleDateString(language.value === 'zh' ? 'zh-CN' : 'en-GB'),
    hash: region.data.value?.hash.slice(0, 12) ?? '',
  })
  const lines = [...(sources.length ? foot : []), `${made} · ${say('map.borders_shown')}`]
  canvas.width = wide * dense
  canvas.height = (HEAD + high + lines.length * FOOT_LINE + 14) * dense
  context.scale(dense, dense)
  context.fillStyle = INKS.paper
  context.fillRect(0, 0, wide, canvas.height / dense)
  const title = theme ? text(theme.title ?? theme.indicator.title) : say('map.title')
  const used = pen.say(title, 12, 30, 18, INKS.ink, true)
  pen.say(text(region.data.value?.name), 12 + used + 14, 30, 13, INKS.soft)
  context.drawImage(left, 0, HEAD, wide, high)
  if (right) {
    const at = (wide * view.value.split) / 100
    context.drawImage(right, at * dense, 0, right.width - at * dense, right.height, at, HEAD, wide - at, high)
    context.fillStyle = INKS.paper
    context.fillRect(at - 1, HEAD, 2, high)
  }
  if (theme) drawLegend(pen, legendOf(theme), 12, HEAD + high - 12)
  if (right && otherTheme.value) drawLegend(pen, legendOf(otherTheme.value), wide - 242, HEAD + high - 46)
  drawScale(pen, main, wide - 8, HEAD + high - 10)
  lines.forEach((line, at) => pen.say(line, 12, HEAD + high + 16 + at * FOOT_LINE, 11, INKS.soft))
  return canvas
}

/** Save the view as a PNG file. */
export async function savePicture(): Promise<void> {
  const canvas = await takePicture()
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
