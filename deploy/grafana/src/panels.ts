// What the panels of both dashboards have in common, so that a dashboard says only what is its own: the question, the
// unit, when a value is bad, and what to do then.
import type { Panel, Query, Row, Source } from './schema.js'

const prometheus: Source = { type: 'prometheus', uid: '${datasource}' }
const postgres: Source = { type: 'grafana-postgresql-datasource', uid: '${datasource}' }

/** A panel that has no place yet; its width is in the 24 columns of a dashboard. */
export type Unplaced = { width: number; height: number; panel: Panel }

/** What every panel says. help is Markdown; runbook is an anchor of docs/runbook.md. */
export interface About {
  title: string
  help: string
  runbook?: string
  width: number
  height?: number
  daemons?: true // of a CronJob there is nothing to show
}

/** One question to Prometheus. {{label}} in its name is replaced. */
export interface PromQL { expr: string; name?: string }

type Step = { color: string; value: number | null }
export type Thresholds = Array<[number, string]>

const steps = (base: string, thresholds: Thresholds = []): Step[] =>
  [{ color: base, value: null }, ...thresholds.map(([value, color]) => ({ color, value }))]

const at = { x: 0, y: 0, w: 0, h: 0 }

const letter = (i: number) => String.fromCharCode('A'.charCodeAt(0) + i)

const graphs = (queries: PromQL[]): Query[] => queries.map(({ expr, name }, i) => ({
  refId: letter(i), datasource: prometheus, expr, editorMode: 'code', range: true, instant: false,
  format: 'time_series', legendFormat: name ?? '__auto',
}))

const instants = (queries: PromQL[]): Query[] => queries.map(({ expr, name }, i) => ({
  refId: letter(i), datasource: prometheus, expr, editorMode: 'code', range: false, instant: true,
  format: 'time_series', legendFormat: name ?? '__auto',
}))

const sql = (rawSql: string, format: 'time_series' | 'table'): Query[] =>
  [{ refId: 'A', datasource: postgres, rawSql, rawQuery: true, editorMode: 'code', format }]

const onlyDaemons = ' Daemons only: of a CronJob no more is known than what a pass came to, which has no rate.'

const describe = ({ title, help, runbook, daemons }: About) => ({
  id: 0, gridPos: at, title,
  description: help.trim().replace(/\s*\n\s*/g, ' ') + (daemons ? onlyDaemons : '') + (runbook ? ` [What to do](\${runbook}#${runbook})` : ''),
  ...(runbook ? { links: [{
    asDropdown: false, icon: 'doc', includeVars: false, keepTime: false, tags: [], targetBlank: true, title: 'Runbook',
    tooltip: 'What it means, how to look, how to repair', type: 'link' as const, url: `\${runbook}#${runbook}`,
  }] } : {}),
})

/** How values are shown. */
export interface Values {
  unit: string
  decimals?: number
  min?: number
  max?: number
  base?: string // color below the first threshold; green
  thresholds?: Thresholds
  mappings?: Record<string, [text: string, color: string]>
  none?: string // instead of no value
}

const values = (v: Values) => ({
  unit: v.unit,
  ...(v.decimals === undefined ? {} : { decimals: v.decimals }),
  ...(v.min === undefined ? {} : { min: v.min }),
  ...(v.max === undefined ? {} : { max: v.max }),
  ...(v.none === undefined ? {} : { noValue: v.none }),
  ...(v.mappings === undefined ? {} : { mappings: [{
    type: 'value' as const,
    options: Object.fromEntries(Object.entries(v.mappings).map(([value, [text, color]], index) => [value, { text, color, index }])),
  }] }),
  thresholds: { mode: 'absolute' as const, steps: steps(v.base ?? 'green', v.thresholds) },
})

const reduced = { calcs: ['lastNotNull'], fields: '', values: false }

function figure(about: About, v: Values, targets: Query[], source: Source, rows: boolean): Unplaced {
  return { width: about.width, height: about.height ?? 4, panel: {
    ...describe(about), type: 'stat', datasource: source, targets,
    fieldConfig: { defaults: { ...values(v), color: { mode: 'thresholds' } }, overrides: [] },
    options: {
      colorMode: 'background', graphMode: 'none', justifyMode: 'auto', orientation: 'auto', textMode: 'auto', wideLayout: true,
      showPercentChange: false, percentChangeColorMode: 'standard', reduceOptions: { ...reduced, values: rows },
    },
  } }
}

/** One number, now. */
export const stat = (about: About, v: Values, ...queries: PromQL[]) => figure(about, v, instants(queries), prometheus, false)

/** One number, or one a row with its name, from the mirror. */
export const statSQL = (about: About, v: Values, query: string, rows = false) => figure(about, v, sql(query, 'table'), postgres, rows)

type Style = { bars?: boolean; stack?: boolean; lines?: 'off' | 'dashed' | 'area'; fill?: number; step?: boolean; dashed?: string[] }

function lines(about: About, v: Values, style: Style, targets: Query[], source: Source): Unplaced {
  const thresholds = style.lines ?? 'off'
  return { width: about.width, height: about.height ?? 8, panel: {
    ...describe(about), type: 'timeseries', datasource: source, targets,
    fieldConfig: {
      defaults: {
        ...values(about.daemons ? { none: 'no daemon', ...v } : v), color: { mode: 'palette-classic' },
        custom: {
          drawStyle: style.bars ? 'bars' : 'line', lineInterpolation: style.step ? 'stepAfter' : 'linear', lineWidth: 1,
          fillOpacity: style.fill ?? (style.bars ? 80 : style.stack ? 30 : 8), gradientMode: 'none',
          showPoints: 'auto', pointSize: 4, spanNulls: false, barAlignment: 0,
          stacking: { group: 'A', mode: style.stack ? 'normal' : 'none' },
          axisPlacement: 'auto', axisColorMode: 'text', scaleDistribution: { type: 'linear' },
          hideFrom: { legend: false, tooltip: false, viz: false },
          thresholdsStyle: { mode: thresholds },
        },
      },
      overrides: (style.dashed ?? []).map(name => ({
        matcher: { id: 'byRegexp', options: name },
        properties: [
          { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
          { id: 'custom.fillOpacity', value: 0 },
          { id: 'custom.stacking', value: { group: 'limit', mode: 'none' } },
        ],
      })),
    },
    options: {
      legend: { calcs: ['lastNotNull', 'max'], displayMode: 'table', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc', hideZeros: false },
    },
  } }
}

/** Values over time. */
export const graph = (about: About, v: Values, style: Style, ...queries: PromQL[]) => lines(about, v, style, graphs(queries), prometheus)

/** Values over time, from the mirror: columns time, metric and a number. */
export const graphSQL = (about: About, v: Values, style: Style, query: string) => lines(about, v, style, sql(query, 'time_series'), postgres)

/** States over time. */
export function timeline(about: About, v: Values, ...queries: PromQL[]): Unplaced {
  return { width: about.width, height: about.height ?? 6, panel: {
    ...describe(about), type: 'state-timeline', datasource: prometheus, targets: graphs(queries),
    fieldConfig: {
      defaults: { ...values(v), color: { mode: 'thresholds' }, custom: { fillOpacity: 80, lineWidth: 0, hideFrom: { legend: false, tooltip: false, viz: false } } },
      overrides: [],
    },
    options: {
      alignValue: 'left', mergeValues: true, rowHeight: 0.85, showValue: 'auto',
      legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'single', sort: 'none' },
    },
  } }
}

/** How the observations of a histogram are spread, over time. */
export function spread(about: About, unit: string, query: PromQL): Unplaced {
  return { width: about.width, height: about.height ?? 8, panel: {
    ...describe(about), type: 'heatmap', datasource: prometheus,
    targets: graphs([query]).map(q => ({ ...q, format: 'heatmap' }) as Query),
    fieldConfig: {
      defaults: {
        ...(about.daemons ? { noValue: 'no daemon' } : {}),
        custom: { hideFrom: { legend: false, tooltip: false, viz: false }, scaleDistribution: { type: 'linear' } },
      },
      overrides: [],
    },
    options: {
      calculate: false, cellGap: 1, showValue: 'never', selectionMode: 'x',
      color: { mode: 'scheme', scheme: 'Oranges', fill: 'dark-orange', scale: 'exponential', exponent: 0.5, steps: 64, reverse: false },
      exemplars: { color: 'rgba(255,0,255,0.7)' }, filterValues: { ge: 1e-9 }, legend: { show: true }, rowsFrame: { layout: 'auto' },
      tooltip: { mode: 'single', yHistogram: false, showColorScale: true }, yAxis: { axisPlacement: 'left', reverse: false, unit },
    },
  } }
}

/** A column of a table: its unit, or its bar, or a color for it. */
export type Column = { unit?: string; decimals?: number; bar?: string; width?: number; thresholds?: Thresholds; wrap?: boolean }

/** Rows of the mirror. */
export function table(about: About, columns: Record<string, Column>, query: string): Unplaced {
  return { width: about.width, height: about.height ?? 9, panel: {
    ...describe(about), type: 'table', datasource: postgres, targets: sql(query, 'table'),
    fieldConfig: {
      defaults: {
        custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, filterable: false },
        thresholds: { mode: 'absolute', steps: steps('green') },
      },
      overrides: Object.entries(columns).map(([name, c]) => ({
        matcher: { id: 'byName', options: name },
        properties: [
          ...(c.unit ? [{ id: 'unit', value: c.unit }] : []),
          ...(c.decimals === undefined ? [] : [{ id: 'decimals', value: c.decimals }]),
          ...(c.width ? [{ id: 'custom.width', value: c.width }] : []),
          ...(c.wrap ? [{ id: 'custom.cellOptions', value: { type: 'auto', wrapText: true } }] : []),
          ...(c.bar ? [
            { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
            { id: 'min', value: 0 },
            { id: 'color', value: { mode: 'fixed', fixedColor: c.bar } },
          ] : []),
          ...(c.thresholds ? [
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
            { id: 'color', value: { mode: 'thresholds' } },
            { id: 'thresholds', value: { mode: 'absolute', steps: steps('text', c.thresholds) } },
          ] : []),
        ],
      })),
    },
    options: { cellHeight: 'sm', frameIndex: 0, showHeader: true, enablePagination: false },
  } }
}

/** A bar for each row: the first column names it. */
export function bars(about: About, unit: string, query: string, stack = false): Unplaced {
  return { width: about.width, height: about.height ?? 9, panel: {
    ...describe(about), type: 'barchart', datasource: postgres, targets: sql(query, 'table'),
    fieldConfig: {
      defaults: {
        unit, color: { mode: 'palette-classic' }, thresholds: { mode: 'absolute', steps: steps('green') },
        custom: { fillOpacity: 80, gradientMode: 'none', lineWidth: 1, axisPlacement: 'auto', hideFrom: { legend: false, tooltip: false, viz: false } },
      },
      overrides: [],
    },
    options: {
      orientation: 'horizontal', barWidth: 0.9, groupWidth: 0.7, barRadius: 0, fullHighlight: false, showValue: 'auto',
      stacking: stack ? 'normal' : 'none', xTickLabelMaxLength: 24, xTickLabelRotation: 0,
      legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  } }
}

/** A row's title and what stands below it. */
export interface Section { title: string; panels: Unplaced[]; collapsed?: boolean }

/** Gives every panel its number and its place: from left to right, a new line where the next has no room. */
export function place(sections: Section[]): Array<Panel | Row> {
  const placed: Array<Panel | Row> = []
  let id = 0, top = 0
  for (const section of sections) {
    const row: Row = { id: ++id, type: 'row', title: section.title, collapsed: section.collapsed ?? false, gridPos: { x: 0, y: top++, w: 24, h: 1 }, panels: [] }
    placed.push(row)
    let left = 0, tallest = 0, y = top
    for (const { width, height, panel } of section.panels) {
      if (left + width > 24) { left = 0; y += tallest; tallest = 0 }
      const positioned = { ...panel, id: ++id, gridPos: { x: left, y, w: width, h: height } }
      if (row.collapsed) row.panels.push(positioned)
      else placed.push(positioned)
      left += width
      tallest = Math.max(tallest, height)
    }
    if (!row.collapsed) top = y + tallest
  }
  return placed
}
