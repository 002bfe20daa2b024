// What both dashboards have in common: how they are found, and the links between them.
import type { Annotation, Dashboard, Source, Variable } from './schema.js'
import { place, type Section } from './panels.js'

/** The dashboards' own ids: links between them hold over Grafanas. */
export const uids = { operations: 'syncd-operations', directory: 'syncd-directory' }

/** The variable that chooses the data source. uid is that of provisioning/datasources/syncd.yml. */
export function sourceVariable(kind: Source['type'], label: string, uid: string): Variable {
  return {
    name: 'datasource', type: 'datasource', label, query: kind, regex: '', hide: 0, includeAll: false, multi: false, refresh: 1,
    skipUrlSync: false, options: [], current: { selected: true, text: label, value: uid },
  }
}

/** Where docs/runbook.md can be read: the links of all panels lead there. */
const runbook: Variable = {
  name: 'runbook', type: 'constant', label: 'Runbook', hide: 2, skipUrlSync: true, query: 'docs/runbook.md',
  description: 'Where docs/runbook.md can be read.',
}

export interface Content {
  uid: string
  title: string
  description: string
  other: { title: string; uid: string }
  from: string
  refresh: string
  variables: Variable[]
  annotations: Annotation[]
  sections: Section[]
}

export const dashboard = (c: Content): Dashboard => ({
  uid: c.uid,
  title: c.title,
  description: c.description,
  tags: ['syncd', 'zoom'],
  schemaVersion: 42,
  version: 1,
  editable: true,
  graphTooltip: 1,
  timezone: 'browser',
  weekStart: '',
  fiscalYearStartMonth: 0,
  time: { from: c.from, to: 'now' },
  timepicker: { refresh_intervals: ['30s', '1m', '5m', '15m', '1h'] },
  refresh: c.refresh,
  links: [
    {
      type: 'link', title: c.other.title, url: `/d/${c.other.uid}?\${account:queryparam}`, icon: 'dashboard', tooltip: 'The other dashboard of syncd',
      asDropdown: false, includeVars: false, keepTime: true, tags: [], targetBlank: false,
    },
    {
      type: 'link', title: 'Runbook', url: '${runbook}', icon: 'doc', tooltip: 'What each alert means, how to look, how to repair',
      asDropdown: false, includeVars: false, keepTime: false, tags: [], targetBlank: true,
    },
  ],
  annotations: { list: c.annotations },
  templating: { list: [...c.variables, runbook] },
  panels: place(c.sections),
})
