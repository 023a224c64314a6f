// The parts of ECharts that the map uses; loaded by Chart.vue when first needed.
import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([AriaComponent, BarChart, GridComponent, LineChart, SVGRenderer, TooltipComponent])

/** Make an empty chart in an element; drawn as SVG, so that it prints sharp. */
export function makeChart(host: HTMLElement): EChartsType {
  return init(host, null, { renderer: 'svg' })
}
