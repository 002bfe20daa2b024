// The types of what is provisioned: Grafana's own, from @grafana/schema, as they look in JSON, and closed, so that a
// member that Grafana does not know, or a panel's option that is another panel's, is an error.
//
// Grafana publishes types for dashboards, fields and the options of each kind of panel. Not for two things: the queries
// of the data sources Prometheus and Postgres, which are written down here as Grafana's editor stores them, and the
// values of overrides and transformations, which are open.
import type {
  AnnotationQuery as GrafanaAnnotation, Dashboard as GrafanaDashboard, DataSourceRef, FieldConfig,
  Panel as GrafanaPanel, RowPanel as GrafanaRow, TableFieldOptions, TableOptions, VariableModel,
} from '@grafana/schema'
import type * as barchart from '@grafana/schema/dist/esm/raw/composable/barchart/panelcfg/x/BarChartPanelCfg_types.gen'
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen'
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen'
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen'
import type * as statetimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen'
import type * as text from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen'
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen'

/** A type as its values look in JSON: an enum is any of its values. */
export type JSONOf<T> =
  unknown extends T ? unknown :
  T extends string ? `${T}` :
  T extends number ? (number extends T ? T : `${T}` extends `${infer N extends number}` ? N : never) :
  T extends ReadonlyArray<infer E> ? Array<JSONOf<E>> :
  T extends object ? { [K in keyof T]: JSONOf<T[K]> } :
  T

/** Without the signature that lets any member in. */
type Closed<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

export type Source = { type: 'prometheus' | 'grafana-postgresql-datasource'; uid: '${datasource}' } & JSONOf<DataSourceRef>

export interface PrometheusQuery {
  refId: string
  datasource: Source
  expr: string
  editorMode: 'code'
  range: boolean
  instant: boolean
  format: 'time_series' | 'table' | 'heatmap'
  legendFormat: string
}

export interface PostgresQuery {
  refId: string
  datasource: Source
  rawSql: string
  rawQuery: true
  editorMode: 'code'
  format: 'time_series' | 'table'
}

export type Query = PrometheusQuery | PostgresQuery

type Fields<Custom> = Omit<JSONOf<FieldConfig>, 'custom'> & { custom?: JSONOf<Closed<Custom>> }

type Of<Kind extends string, Options, Custom> =
  Omit<JSONOf<GrafanaPanel>, 'type' | 'options' | 'fieldConfig' | 'targets' | 'datasource' | 'id' | 'gridPos'> & {
    id: number
    gridPos: { x: number; y: number; w: number; h: number }
    type: Kind
    options: JSONOf<Options>
    fieldConfig: {
      defaults: Fields<Custom>
      overrides: Array<{ matcher: { id: string; options?: unknown }; properties: Array<{ id: string; value?: unknown }> }>
    }
    datasource?: Source
    targets?: Query[]
  }

export type Panel =
  | Of<'barchart', barchart.Options, barchart.FieldConfig>
  | Of<'bargauge', bargauge.Options, {}>
  | Of<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | Of<'stat', stat.Options, {}>
  | Of<'state-timeline', statetimeline.Options, statetimeline.FieldConfig>
  | Of<'table', TableOptions, TableFieldOptions>
  | Of<'text', text.Options, {}>
  | Of<'timeseries', timeseries.Options, timeseries.FieldConfig>

export type Row = Omit<JSONOf<GrafanaRow>, 'panels'> & { gridPos: { x: number; y: number; w: number; h: number }; panels: Panel[] }

export type Variable = JSONOf<VariableModel> & { definition?: string }

/** What marks moments in the graphs; Prometheus' editor stores its query beside the schema's members. */
export type Annotation = Omit<JSONOf<GrafanaAnnotation>, 'target'> & {
  expr?: string; step?: string; titleFormat?: string; textFormat?: string; useValueForTime?: boolean; tagKeys?: string
}

export type Dashboard = Omit<JSONOf<GrafanaDashboard>, 'panels' | 'templating' | 'annotations'> & {
  uid: string
  title: string
  panels: Array<Panel | Row>
  templating: { list: Variable[] }
  annotations: { list: Annotation[] }
}
