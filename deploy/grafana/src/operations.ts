// The dashboard Operations: is the mirror fresh, who throttles us, what did the last pass do. From Prometheus.
//
// Several replicas export. What the database says is the same on each, so that the largest is taken; what a process
// counts is summed. Series about Zoom and the database have no account: those of a daemon are found by its other
// series, those that a CronJob has pushed by the label that the Pushgateway gives them. What a CronJob pushes is of one
// pass, and stays until the next one: it has no rates, and says nothing about how things are meanwhile.
import { dashboard, sourceVariable, uids } from './dashboard.js'
import { graph, spread, stat, timeline, type Thresholds } from './panels.js'

const account = 'account=~"$account"'

/** Of the processes of the chosen accounts. */
const own = (metric: string, labels = '') => `${metric}{${labels}${labels && ', '}account=~"$account|"}`
const ofAccount = `and on (job, instance) syncd_pass_last_attempt_timestamp_seconds{${account}}`

/** The same, but for CronJobs: only a daemon may lead. */
const ofDaemon = `and on (job, instance) syncd_leader{${account}}`

/** The rate of a daemon's counter, summed over processes. */
const rate = (by: string, metric: string, labels = '', range = '$__rate_interval') =>
  `sum by (${by}) (rate(${own(metric, labels)}[${range}]) ${ofDaemon})`

const increase = (by: string, metric: string, labels = '', range = '$__rate_interval') =>
  `sum by (${by}) (increase(${own(metric, labels)}[${range}]) ${ofDaemon})`

const ofAccounts = (metric: string, labels = '') => `${metric}{${account}${labels && ', '}${labels}}`
const largest = (by: string, metric: string, labels = '') => `max by (${by}) (${ofAccounts(metric, labels)})`

/** Only of the replicas that know the last pass: each asks the database by itself, and for a minute some know the one before. */
const lastEnd = ofAccounts('syncd_pass_last_end_timestamp_seconds')
const ofLastPass = `and on (account, job, instance) (${lastEnd} == on (account) group_left () max by (account) (${lastEnd}))`

/** A daemon's counter of the last hour by account, which its series of Zoom do not have. */
const lastHour = (metric: string, labels = '') =>
  `sum by (account) (increase(${own(metric, labels)}[1h]) * on (job, instance) group_left (account) (0 * syncd_leader{${account}} + 1))`

const quantile = (q: number, metric: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by && ', '}${by}) (rate(${own(`${metric}_bucket`)}[$__rate_interval]) ${ofDaemon}))`

const interval = `(max by (account) (syncd_interval_seconds{${account}}) or max by (account) (0 * syncd_pass_last_end_timestamp_seconds{${account}} + 3600))`
const lastSuccess = `max by (account) (syncd_pass_last_success_timestamp_seconds{${account}} > 0)`

const intervals: Thresholds = [[1.5, 'yellow'], [3, 'red']]

const statusNames = {
  0: ['none yet', 'blue'], 1: ['complete', 'green'], 2: ['partial', 'yellow'], 3: ['held', 'orange'], 4: ['interrupted', 'red'], 5: ['failed', 'red'],
} satisfies Record<number, [string, string]>
const statusNumber = `max by (account) ((${['complete', 'partial', 'held', 'interrupted', 'failed']
  .map((status, i) => `${i + 1} * ${ofAccounts('syncd_pass_last_status', `status="${status}"`)}`).join(' or ')}) ${ofLastPass})`
const lastCause = (labels = '') => `max by (account, cause) (${ofAccounts('syncd_pass_last_cause', labels)} ${ofLastPass})`

const glance = { title: 'At a glance', panels: [
  stat({
    title: 'Last complete pass', width: 4, runbook: 'syncdmirrorstale',
    help: `Time since a pass last came to its end with everybody fetched and saved: the mirror is about this old. Colored by intervals in the
      panel beside it. Empty: no pass has been complete yet.`,
  }, { unit: 's', base: 'blue', none: 'never', decimals: 0 }, { expr: `time() - ${lastSuccess}`, name: '{{account}}' }),
  stat({
    title: 'Age in intervals', width: 3, runbook: 'syncdmirrorstale',
    help: `The same age, in intervals between passes. Up to 1.5 is normal, or what a pass takes if that is longer. Above 3, none was complete for
      as long: see beside it how the last one ended. Partial and held ones save, and do not count here.`,
  }, { unit: 'none', decimals: 1, thresholds: intervals, none: 'never' }, { expr: `(time() - ${lastSuccess}) / on (account) ${interval}`, name: '{{account}}' }),
  stat({
    title: 'Last pass', width: 3, runbook: 'syncdpassespartial',
    help: `How the last pass over all users ended. Partial: saved, but some users or a list are missing. Held: saved, but for changes that wait for
      an approval. Interrupted: the next pass goes on with it. Failed: the next pass begins anew.`,
  }, { unit: 'none', mappings: statusNames, base: 'blue' }, { expr: statusNumber, name: '{{account}}' }),
  stat({
    title: 'Wait for an approval', width: 3, runbook: 'syncdholdopen',
    help: `Users or sites that a hold keeps back. Above 0, somebody has to look and decide: approve the hold, or have the fault mended at Zoom.
      All else goes on meanwhile.`,
  }, { unit: 'none', thresholds: [[1, 'orange']] }, { expr: `sum by (account) (max by (account, kind) (syncd_hold_users{${account}, state="waiting"}))`, name: '{{account}}' }),
  stat({
    title: 'Refused requests, last hour', width: 3, runbook: 'syncdthrottledlong',
    help: `Answers 429 because of the rate, of all requests; of a CronJob those of its last pass. A few in a thousand are how syncd feels out the
      limit. Above 5 % the budget is another than syncd thinks: see whose fault it is under Zoom.`,
  }, { unit: 'percentunit', decimals: 1, thresholds: [[0.02, 'yellow'], [0.05, 'red']], none: 'no requests' }, {
    expr: `${lastHour('syncd_zoom_throttled_total', 'kind="second"')} / (${lastHour('syncd_zoom_pool_requests_total')} > 0)` +
      ` or sum by (account) (${largest('account, cause', 'syncd_pass_last_throttled')}) / (${largest('account', 'syncd_pass_last_requests')} > 0) unless on (account) syncd_leader{${account}}`,
    name: '{{account}}',
  }),
  stat({
    title: 'Share of the floor', width: 3, runbook: 'syncdpasstoolong',
    help: `The least time that the rate limits allow, divided by the time that the last pass took: 1 is as fast as Zoom allows. 0: it did not come
      to its end. Low without refusals: Zoom answers slowly, or the database does.`,
  }, { unit: 'percentunit', decimals: 0, base: 'red', thresholds: [[0.25, 'yellow'], [0.6, 'green']] }, { expr: largest('account', 'syncd_pass_last_floor_ratio'), name: '{{account}}' }),
  stat({
    title: 'Leaders', width: 2, runbook: 'syncdnoleader',
    help: `Replicas that make the passes: 1 for each account. 0: nobody does. More than 1 for some seconds only, while a replica that lost its
      connection notices. A CronJob has none.`,
  }, { unit: 'none', base: 'red', thresholds: [[1, 'green'], [2, 'orange']], none: 'CronJob' }, { expr: `sum by (account) (syncd_leader{${account}})`, name: '{{account}}' }),
  stat({
    title: 'Users', width: 3, help: 'Users whom the mirror shows: active, deactivated and pending ones, without the deleted.',
  }, { unit: 'short', base: 'blue', decimals: 0 }, { expr: `sum by (account) (max by (account, state) (syncd_users{${account}, state!="deleted"}))`, name: '{{account}}' }),
] }

const passes = { title: 'Passes', panels: [
  timeline({
    title: 'How the last pass ended', width: 12, runbook: 'syncdpassesfailing',
    help: 'The status of the last pass that had ended by then. Long yellow: the same users fail in each pass. Any red: see the cause beside it.',
  }, { unit: 'none', mappings: statusNames, base: 'blue' }, { expr: statusNumber, name: '{{account}}' }),
  timeline({
    title: 'What kept it from being complete', width: 12, runbook: 'syncdpassesfailing',
    help: `The cause of the last pass that was not complete. credentials, scopes, phone_not_enabled and account must be mended at Zoom;
      daily_limit and budget end by themselves; database and lease are on this side.`,
  }, { unit: 'none', mappings: { 0: ['no', 'transparent'], 1: ['yes', 'red'] } }, { expr: `${lastCause()} > 0 or ${lastCause('cause="users"')}`, name: '{{account}} {{cause}}' }),
  graph({
    title: 'Passes that ended', width: 8, runbook: 'syncdpassesfailing', daemons: true,
    help: 'By status. Between failures syncd waits longer and longer, up to ten minutes.',
  }, { unit: 'none', decimals: 0, min: 0 }, { bars: true, stack: true },
  { expr: `${increase('status', 'syncd_passes_total')} > 0 or ${increase('status', 'syncd_passes_total', 'status="complete"')}`, name: '{{status}}' }),
  graph({
    title: 'How long a pass takes', width: 8, runbook: 'syncdpasstoolong',
    help: `The last pass, its floor (the least time that the rate limits allow), and the interval. A pass that takes longer than the interval is
      followed by the next at once. Well above the floor: throttled, or slow answers.`,
  }, { unit: 's', min: 0 }, { step: true, dashed: ['.*(floor|interval)$'] },
  { expr: largest('account', 'syncd_pass_last_duration_seconds'), name: '{{account}} pass' },
  { expr: largest('account', 'syncd_pass_last_floor_seconds'), name: '{{account}} floor' },
  { expr: interval, name: '{{account}} interval' }),
  graph({
    title: 'Progress of the running pass', width: 8, runbook: 'syncdstuck', daemons: true,
    help: `Users done of those due, in the longest phase. A line that stands still for minutes while a pass runs: see whether a pool is paused
      or parked, below.`,
  }, { unit: 'short', min: 0 }, { dashed: ['.*due.*'] },
  { expr: `max by (account, state) (${ofAccounts('syncd_pass_users', 'phase="fetch", state="done"')} ${ofDaemon})`, name: '{{account}} {{state}}' },
  { expr: `max by (account, state) (${ofAccounts('syncd_pass_users', 'phase="fetch", state="due"')} ${ofDaemon})`, name: '{{account}} {{state}}' }),
  graph({
    title: 'Users of the last pass', width: 8, runbook: 'syncdpassespartial',
    help: `What the last pass did. failed: a document of the user could not be fetched or saved; zoom.sync_failures names them. A jump of
      written without a known change at Zoom: look at the dashboard Directory, Changes over time.`,
  }, { unit: 'short', min: 0 }, { step: true }, { expr: `sum by (outcome) (${largest('account, outcome', 'syncd_pass_last_users', 'outcome!="listed"')})`, name: '{{outcome}}' }),
  graph({
    title: 'Documents that failed', width: 8, runbook: 'syncdpassespartial', daemons: true,
    help: 'A second, by cause. scopes and forbidden: see the app at Zoom. unstorable: the database refuses the document. Others are passing faults of Zoom or of the network.',
  }, { unit: 'cps', min: 0 }, { stack: true }, { expr: `${rate('cause', 'syncd_document_failures_total')} > 0 or ${rate('cause', 'syncd_document_failures_total', 'cause="other"')}`, name: '{{cause}}' }),
  graph({
    title: 'What the guard decided', width: 8, runbook: 'syncdholdopen', daemons: true,
    help: `clear: nothing suspect. permitted: suspect, but few enough. held: a new hold. kept: an open hold stands. released: an approval was used.
      ended: an open hold ended without being written.`,
  }, { unit: 'none', decimals: 0, min: 0 }, { bars: true, stack: true }, { expr: increase('decision', 'syncd_guard_decisions_total'), name: '{{decision}}' }),
] }

const freshness = { title: 'Freshness', panels: [
  graph({
    title: 'Age of the mirror', width: 12, runbook: 'syncdmirrorstale',
    help: `Time since the last complete pass, and the interval. It rises while a pass runs and falls at its end: a saw tooth of one interval is
      normal.`,
  }, { unit: 's', min: 0 }, { dashed: ['.*interval$'] },
  { expr: `time() - ${lastSuccess}`, name: '{{account}}' }, { expr: interval, name: '{{account}} interval' }),
  graph({
    title: 'Oldest document', width: 12, runbook: 'syncdpassespartial', daemons: true,
    help: `Age of the document that Zoom confirmed longest ago, by kind. Normal is one interval and the length of a pass. One kind alone grows:
      it fails in each pass, for a user or, when a scope is missing, for all; user_settings also where SYNCD_USER_SETTINGS is false. All grow: no
      pass comes to its end, or the same user fails in each. zoom.freshness names whose they are.`,
  }, { unit: 's', min: 0 }, {}, { expr: largest('account, document', 'syncd_document_age_seconds'), name: '{{account}} {{document}}' }),
] }

const zoom = { title: 'Zoom', panels: [
  graph({
    title: 'Requests', width: 8, runbook: 'syncdthrottledlong', daemons: true,
    help: 'A second, by endpoint. Zero between passes is normal.',
  }, { unit: 'reqps', min: 0 }, { stack: true }, { expr: rate('endpoint', 'syncd_zoom_requests_total'), name: '{{endpoint}}' }),
  graph({
    title: 'Answers that are no success', width: 8, runbook: 'syncdpassesfailing', daemons: true,
    help: `A second, by HTTP status. 429: the rate, see below. 404 of pending users is normal. 401 now and then is an old token. Lasting 401 or 403:
      the app was refused. 5xx, unreachable, malformed: Zoom or the way to it.`,
  }, { unit: 'reqps', min: 0 }, { stack: true }, { expr: rate('status', 'syncd_zoom_requests_total', 'status!="200"'), name: '{{status}}' }),
  graph({
    title: 'How fast Zoom answers', width: 8, runbook: 'syncdpasstoolong', daemons: true,
    help: `Half of the answers come within the lower line of an endpoint, 95 % within the upper. syncd keeps more users in flight while answers are
      slow; above some seconds the budget cannot be used up.`,
  }, { unit: 's', min: 0 }, {},
  { expr: quantile(0.5, 'syncd_zoom_request_duration_seconds', 'endpoint'), name: '{{endpoint}} half' },
  { expr: quantile(0.95, 'syncd_zoom_request_duration_seconds', 'endpoint'), name: '{{endpoint}} 95 %' }),
  graph({
    title: 'Rate of each pool', width: 12, runbook: 'syncdthrottledlong', height: 9,
    help: `What a pool allows itself now, and our share of the account's limit; of a CronJob, what it did at the end of its last pass. After a
      refusal the rate falls, and climbs back by itself. For long below half of the share: somebody uses up the account's budget, or ZOOM_PLAN is
      higher than the account's plan.`,
  }, { unit: 'reqps', min: 0 }, { dashed: ['.*share$'] },
  { expr: `max by (pool) (${own('syncd_zoom_pool_rate')} ${ofAccount})`, name: '{{pool}}' },
  { expr: `max by (pool) (${own('syncd_zoom_pool_share')} ${ofAccount})`, name: '{{pool}} share' },
  { expr: rate('pool', 'syncd_zoom_pool_requests_total'), name: '{{pool}} sent' }),
  graph({
    title: 'Refusals, by whose fault', width: 12, runbook: 'syncdthrottledlong', height: 9, daemons: true,
    help: `Answers 429 a second. neighbour: we kept to our share. First check that ZOOM_PLAN is the account's plan: a limit that is lower than
      configured looks like a neighbour who never rests. Else another app of the account used up the rest: talk to its owner; a lower
      ZOOM_RATE_SHARE leaves it more and makes no pass faster. ours: ZOOM_POOLS is above the plan's limits, or ZOOM_RATE_SHARE near 1: lower them.`,
  }, { unit: 'reqps', min: 0 }, { stack: true }, { expr: rate('cause, pool', 'syncd_zoom_throttled_by_total'), name: '{{cause}} {{pool}}' }),
  graph({
    title: 'Waiting for the budget', width: 8, runbook: 'syncdthrottledlong', daemons: true,
    help: `Requests that wait for their pool, on average. High while a pass runs is good: the budget is the bound. Low while a pass is slow: Zoom
      or the database is.`,
  }, { unit: 'short', min: 0 }, { stack: true }, { expr: rate('pool', 'syncd_zoom_pool_wait_seconds_total'), name: '{{pool}}' }),
  graph({
    title: 'Pools that send nothing', width: 8, runbook: 'syncddailylimit',
    help: `Time until a pool sends again. parked: the daily limit is reached, and no request is sent before its end; the whole account shares it.
      paused: seconds after refusals.`,
  }, { unit: 's', min: 0 }, {},
  { expr: `clamp_min(max by (pool) (${own('syncd_zoom_pool_parked_until_timestamp_seconds')} ${ofAccount}) - time(), 0)`, name: '{{pool}} parked' },
  { expr: `clamp_min(max by (pool) (${own('syncd_zoom_pool_paused_until_timestamp_seconds')} ${ofAccount}) - time(), 0)`, name: '{{pool}} paused' }),
  graph({
    title: 'Zoom refuses the app', width: 8, runbook: 'syncdrefused', daemons: true,
    help: `Answers a minute by which Zoom refuses the app and not the rate, and answers whose rate label is not the one that syncd budgets with
      (label): then Zoom changed its limits, and ZOOM_POOLS must be set. Anything that lasts must be mended at Zoom.`,
  }, { unit: 'cpm', min: 0 }, { bars: true, stack: true },
  { expr: `60 * ${rate('kind', 'syncd_zoom_refusals_total')}`, name: '{{kind}}' },
  { expr: `60 * ${rate('endpoint', 'syncd_zoom_label_mismatch_total')}`, name: 'label {{endpoint}}' }),
] }

const database = { title: 'Database', panels: [
  spread({
    title: 'Writing a batch', width: 12, runbook: 'syncddatabasewritesslow', daemons: true,
    help: 'How long it takes to write a batch of up to 50 users. Tenths of a second are usual. Seconds: see locks, disk and autovacuum of the server.',
  }, 's', { expr: increase('le', 'syncd_db_write_duration_seconds_bucket'), name: '{{le}}' }),
  graph({
    title: 'Failed writes', width: 6, runbook: 'syncddatabasewritesslow', daemons: true,
    help: 'By cause. conflict and unreachable are tried again. disk_full and denied need somebody. bad_data: a document that Postgres cannot store; the user is recorded as failed.',
  }, { unit: 'none', decimals: 0, min: 0 }, { bars: true, stack: true }, { expr: increase('cause', 'syncd_db_write_errors_total'), name: '{{cause}}' }),
  graph({
    title: 'Connections', width: 6, runbook: 'syncddatabaseunreachable', daemons: true,
    help: 'Of all replicas together, by state, and how many they may have; only the leader uses many. As many in use as one replica may have, and many waits: pool_max_conns in DATABASE_URL is too low.',
  }, { unit: 'none', decimals: 0, min: 0 }, { dashed: ['may have'] },
  { expr: `sum by (state) (${own('syncd_db_pool_connections')} ${ofDaemon})`, name: '{{state}}' },
  { expr: `sum(${own('syncd_db_pool_connections_max')} ${ofDaemon})`, name: 'may have' },
  { expr: increase('', 'syncd_db_pool_waits_total').replace('sum by () ', 'sum'), name: 'waits' }),
] }

const mirror = { title: 'The mirror', panels: [
  graph({
    title: 'Users by state', width: 8, runbook: 'syncdholdopen',
    help: 'A step down of active users is a mass change that the guard let pass or somebody approved. deleted are tombstones: one is taken off when its user returns or is forgotten.',
  }, { unit: 'short', min: 0 }, { step: true }, { expr: `sum by (state) (${largest('account, state', 'syncd_users')})`, name: '{{state}}' }),
  graph({
    title: 'Documents without an answer', width: 8, runbook: 'syncdpassespartial',
    help: 'Current users by kind of document and status. forbidden for all of a kind: a scope is missing. not_found is normal for pending users.',
  }, { unit: 'short', min: 0 }, { step: true }, { expr: `sum by (document, status) (${largest('account, document, status', 'syncd_document_users', 'status!="ok"')})`, name: '{{document}} {{status}}' }),
  graph({
    title: 'Unmapped fields', width: 8, runbook: 'syncdschemadrift',
    help: `Paths in Zoom's documents that no column holds, or whose values are of an unexpected type. Nothing is lost: they stay in the documents. A
      step up: Zoom changed something; zoom.unmapped_fields names it.`,
  }, { unit: 'short', min: 0 }, { step: true }, { expr: `sum by (document) (${largest('account, document', 'syncd_unmapped_fields')})`, name: '{{document}}' }),
] }

const processes = { title: 'Processes', panels: [
  timeline({
    title: 'Who leads', width: 12, runbook: 'syncdnoleader',
    help: 'Each replica: leading or standing by. A gap: it was not scraped. Many changes: its connection to the database breaks.',
  }, { unit: 'none', mappings: { 0: ['standby', 'blue'], 1: ['leads', 'green'] } }, { expr: `max by (account, instance) (syncd_leader{${account}})`, name: '{{account}} {{instance}}' }),
  graph({
    title: 'Heartbeat overdue', width: 6, height: 6, runbook: 'syncdstuck',
    help: 'How much longer than it may take nothing has happened, by replica. Waiting with an end is no standstill. Above 0, /healthz answers 503 and an orchestrator restarts it.',
  }, { unit: 's', min: 0, thresholds: [[1, 'red']] }, { lines: 'dashed' }, { expr: `max by (instance) (syncd_heartbeat_overdue_seconds ${ofDaemon})`, name: '{{instance}}' }),
  graph({
    title: 'Probes and scrapes', width: 6, height: 6,
    help: 'HTTP answers a second, by handler and code. 503 of readyz: the database, its schema or the token is missing. 503 of healthz: stuck.',
  }, { unit: 'reqps', min: 0 }, {}, { expr: `sum by (handler, code) (rate(syncd_http_requests_total[$__rate_interval]) ${ofAccount})`, name: '{{handler}} {{code}}' }),
  graph({
    title: 'Memory', width: 6, height: 7, help: 'Resident memory by replica. It depends on users in flight, and a little (150 bytes a user) on how many the account has: steady growth over days is a fault.',
  }, { unit: 'bytes', min: 0 }, {}, { expr: `max by (instance) (${own('process_resident_memory_bytes')} ${ofAccount})`, name: '{{instance}}' }),
  graph({
    title: 'Goroutines', width: 6, height: 7, help: 'By replica. Hundreds while a pass runs, tens between. Growth from pass to pass is a fault.',
  }, { unit: 'short', min: 0 }, {}, { expr: `max by (instance) (${own('go_goroutines')} ${ofAccount})`, name: '{{instance}}' }),
  graph({
    title: 'Processor', width: 6, height: 7, help: 'Cores in use, by replica. Little between passes: a core that is busy all the time is a fault.',
  }, { unit: 'none', min: 0 }, {}, { expr: rate('instance', 'process_cpu_seconds_total'), name: '{{instance}}' }),
  graph({
    title: 'Releases', width: 6, height: 7, help: 'Replicas by release. Two for long: a roll-out has stopped half-way.',
  }, { unit: 'none', decimals: 0, min: 0 }, { step: true, stack: true }, { expr: `count by (version) (${own('syncd_build_info')} ${ofAccount})`, name: '{{version}}' }),
] }

export const operations = dashboard({
  uid: uids.operations,
  title: 'syncd / Operations',
  description: 'Whether the mirror of Zoom Phone is fresh, who throttles it, and what the last pass did.',
  other: { title: 'Directory', uid: uids.directory },
  from: 'now-24h',
  refresh: '1m',
  variables: [
    sourceVariable('prometheus', 'Prometheus', 'syncd-prometheus'),
    {
      name: 'account', type: 'query', label: 'Account', datasource: { type: 'prometheus', uid: '${datasource}' },
      definition: 'label_values(syncd_pass_last_attempt_timestamp_seconds, account)',
      query: { query: 'label_values(syncd_pass_last_attempt_timestamp_seconds, account)', refId: 'accounts' },
      regex: '', hide: 0, includeAll: true, allValue: '.+', multi: true, refresh: 2, sort: 1, skipUrlSync: false, options: [],
      current: { selected: true, text: ['All'], value: ['$__all'] },
    },
  ],
  annotations: [
    {
      name: 'Passes begin', datasource: { type: 'prometheus', uid: '${datasource}' }, enable: false, hide: false, iconColor: 'blue',
      expr: `max by (account) (syncd_pass_last_attempt_timestamp_seconds{${account}} > 0) * 1000`, useValueForTime: true, step: '60s',
      titleFormat: 'Pass begins', textFormat: '{{account}}', tagKeys: 'account',
    },
    {
      name: 'Passes end', datasource: { type: 'prometheus', uid: '${datasource}' }, enable: true, hide: false, iconColor: 'green',
      expr: `max by (account) (syncd_pass_last_end_timestamp_seconds{${account}} > 0) * 1000`, useValueForTime: true, step: '60s',
      titleFormat: 'Pass ended', textFormat: '{{account}}', tagKeys: 'account',
    },
    {
      name: 'Alerts', datasource: { type: 'prometheus', uid: '${datasource}' }, enable: true, hide: false, iconColor: 'red',
      expr: `max by (alertname, account, severity) (ALERTS{alertname=~"Syncd.*", alertstate="firing", ${account.replace('"$account"', '"$account|"')}})`, useValueForTime: false, step: '60s',
      titleFormat: '{{alertname}}', textFormat: '{{account}} {{severity}}', tagKeys: 'alertname,account,severity',
    },
  ],
  sections: [glance, passes, freshness, zoom, database, mirror, processes],
})
