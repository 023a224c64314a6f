// The S-curve as a chart, and its figures in the order of handbooks. Pure.
import type { Curve } from '@/api/types_ledger'
import { DAYS_AXIS } from '@/format/days_axis'

export const MONEY = ['BAC', 'PV', 'EV', 'AC', 'SV', 'CV', 'EAC', 'EAC_planned', 'EAC_both'] as const
export const INDICES = ['SPI', 'CPI', 'TCPI', 'TCPI_EAC'] as const
export type FigureKey = (typeof MONEY)[number] | (typeof INDICES)[number]

export interface Names {
  readonly planned: string
  readonly earned: string
  readonly actual: string
  readonly today: string
}

/** Amounts in the unit that the axis has: 万元 or millions. */
export const scaledBy = (language: 'zh' | 'en'): number => (language === 'zh' ? 10_000 : 1_000_000)

export const COLOURS = { planned: '#4a5a62', earned: '#14606e', actual: '#c8441a' } as const

/** A line of its own: from nothing up to the highest amount. */
function todayLine(curve: Curve, name: string, today: string, scale: number): readonly object[] {
  const amounts = [...curve.planned, ...curve.actual, ...curve.earned].filter((one) => one !== null)
  if (!today || amounts.length === 0) return []
  const top = amounts.reduce((one, other) => Math.max(one, other)) / scale
  return [
    {
      name,
      type: 'line',
      data: [
        [today, 0],
        [today, top],
      ],
      symbol: 'none',
      tooltip: { show: false },
      silent: true,
      lineStyle: { color: '#9a4a08', width: 1 },
    },
  ]
}

/** What ECharts is given. The earned value is known for today alone: it is a dot, not a line. */
export function chartOf(curve: Curve, names: Names, unit: string, today: string, scale: number) {
  const points = (values: readonly (number | null)[]): [string, number | null][] =>
    curve.days.map((day, at) => {
      const value = values[at] ?? null
      return [day, value === null ? null : value / scale]
    })
  const series = (['planned', 'earned', 'actual'] as const).map((key) => ({
    name: names[key],
    type: 'line',
    data: points(curve[key]),
    showSymbol: key === 'earned',
    symbolSize: key === 'earned' ? 11 : 0,
    connectNulls: key === 'earned',
    lineStyle: { color: COLOURS[key], width: 2, type: key === 'planned' ? 'dashed' : 'solid' },
    itemStyle: { color: COLOURS[key] },
  }))
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    grid: { left: 12, right: 24, top: 34, bottom: 10, containLabel: true },
    tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => (typeof value === 'number' ? `${value.toFixed(2)} ${unit}` : '–') },
    xAxis: { type: 'time', axisLabel: DAYS_AXIS },
    yAxis: { type: 'value', name: unit, min: 0 },
    series: [...series, ...todayLine(curve, names.today, today, scale)],
  }
}
