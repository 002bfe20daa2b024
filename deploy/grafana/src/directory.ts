// The dashboard Directory: who is there, what they may do, what changed. From Postgres, schema zoom alone, as a role of
// `syncd migrate --reader` may. It counts: no panel shows a person, and none asks for more than sums over the views.
import { dashboard, sourceVariable, uids } from './dashboard.js'
import { bars, graphSQL, statSQL, table } from './panels.js'

const account = `account_id = \${account:sqlstring}`
/** Of the chosen sites; users without a site are those of the site "-". */
const site = `coalesce(u.site_id, '-') IN (\${site:sqlstring})`
const ofSite = `u.${account} AND ${site}`

const freshness = { title: 'How fresh it is', panels: [
  statSQL({
    title: 'Last complete pass', width: 4, runbook: 'syncdmirrorstale',
    help: 'Time since a pass last came to its end with everybody fetched and saved. Above some intervals (SYNCD_INTERVAL, usually an hour): what stands below is old.',
  }, { unit: 's', decimals: 0, thresholds: [[5400, 'yellow'], [10800, 'red']], none: 'never' }, `
SELECT extract(epoch FROM now() - max(finished_at)) AS age
FROM zoom.sync_passes
WHERE ${account} AND status = 'complete' AND users_requested IS NULL
HAVING max(finished_at) IS NOT NULL`),
  statSQL({
    title: 'Users', width: 4, help: 'Users of the chosen sites, deactivated and pending ones included.',
  }, { unit: 'short', base: 'blue', decimals: 0 }, `
SELECT count(*) AS users
FROM zoom.phone_users u
WHERE ${ofSite}`),
  statSQL({
    title: 'Not up to date', width: 4, runbook: 'syncdpassespartial',
    help: 'Users of whom a document could not be fetched at the last attempt. Their rows are as old as verified_at says. The table beside has the causes.',
  }, { unit: 'short', decimals: 0, thresholds: [[1, 'yellow'], [100, 'red']] }, `
SELECT count(DISTINCT f.user_id) AS users
FROM zoom.freshness f
WHERE f.${account} AND f.status IN ('forbidden', 'failed')`),
  statSQL({
    title: 'Wait for an approval', width: 4, runbook: 'syncdholdopen',
    help: 'Users, or sites, whose deletion or change is held back because it looks more like a fault than like a decision.',
  }, { unit: 'short', decimals: 0, thresholds: [[1, 'orange']] }, `
SELECT coalesce(sum(users), 0) AS held
FROM zoom.holds
WHERE ${account} AND ended_at IS NULL AND approved_at IS NULL`),
  table({
    title: 'Documents by status', width: 8, height: 8, runbook: 'syncdpassespartial',
    help: `What became of the last attempt to fetch each kind of document. not_found and pending are normal for users without a phone licence.
      forbidden for a whole kind: a scope of the app is missing.`,
  }, { users: { bar: 'blue' }, oldest: { unit: 'dateTimeFromNow' } }, `
SELECT document, status, count(*) AS users, min(verified_at) AS oldest
FROM zoom.freshness
WHERE ${account}
GROUP BY document, status
ORDER BY document, users DESC`),
  table({
    title: 'Last passes', width: 16, height: 8, runbook: 'syncdpassesfailing',
    help: 'In the chosen time, the newest first. floor is the least time that the rate limits allow. refused are answers 429.',
  }, {
    began: { width: 170 }, took: { unit: 's', decimals: 0 }, floor: { unit: 's', decimals: 0 }, failed: { thresholds: [[1, 'orange']] },
    refused: { thresholds: [[100, 'orange']] }, error: { wrap: true, width: 380 },
  }, `
SELECT started_at AS began, status, extract(epoch FROM coalesce(finished_at, now()) - started_at) AS took, floor_seconds AS floor,
  users_listed AS listed, users_written AS written, users_unchanged AS unchanged, users_failed AS failed, users_deleted AS deleted,
  requests, throttled AS refused, left(error, 300) AS error
FROM zoom.sync_passes
WHERE ${account} AND $__timeFilter(started_at)
ORDER BY pass_id DESC
LIMIT 50`),
] }

const people = { title: 'Users', panels: [
  bars({
    title: 'By site', width: 12, height: 11, help: 'Users of each site by licence (activate, deactivate, pending); the 25 largest of the chosen sites. "no site": those to whom Zoom gives none.',
  }, 'short', `
SELECT coalesce(u.site_name, 'no site') AS site,
  count(*) FILTER (WHERE u.status = 'activate') AS active,
  count(*) FILTER (WHERE u.status = 'deactivate') AS deactivated,
  count(*) FILTER (WHERE u.status = 'pending') AS pending
FROM zoom.phone_users u
WHERE ${ofSite}
GROUP BY u.site_id, u.site_name
ORDER BY count(*) DESC
LIMIT 25`, true),
  bars({
    title: 'By calling plan', width: 12, height: 11, help: 'Users of each plan by licence; the 25 largest. A user may have several. Deactivated users with a plan cost money and do not call.',
  }, 'short', `
SELECT coalesce(p.name, 'type ' || p.type, 'no name') AS plan,
  count(DISTINCT p.user_id) FILTER (WHERE u.status = 'activate') AS active,
  count(DISTINCT p.user_id) FILTER (WHERE u.status IS DISTINCT FROM 'activate') AS not_active
FROM zoom.calling_plans p
JOIN zoom.phone_users u USING (account_id, user_id)
WHERE ${ofSite}
GROUP BY 1
ORDER BY count(DISTINCT p.user_id) DESC
LIMIT 25`, true),
  table({
    title: 'Licence and activation', width: 8, help: 'status is the licence that the list gives, activation whether the user can call. "ready to activate" for long: a licence that nobody uses.',
  }, { users: { bar: 'blue' } }, `
SELECT coalesce(u.status, 'not said') AS status, coalesce(u.activation_status, 'not said') AS activation, count(*) AS users
FROM zoom.phone_users u
WHERE ${ofSite}
GROUP BY 1, 2
ORDER BY users DESC`),
  table({
    title: 'Worth a look', width: 8, help: `Users who cost money or cannot be reached. A plan without a licence to call: plan and status disagree. Active without a number:
      only an extension. Active, never activated: nobody has signed in.`,
  }, { users: { thresholds: [[1, 'orange']] } }, `
SELECT k.what, k.users
FROM (
  SELECT
    count(*) FILTER (WHERE u.status IS DISTINCT FROM 'activate' AND p.user_id IS NOT NULL) AS plan_without_licence,
    count(*) FILTER (WHERE u.status = 'activate' AND n.user_id IS NULL) AS active_without_number,
    count(*) FILTER (WHERE u.status = 'activate' AND p.user_id IS NULL) AS active_without_plan,
    count(*) FILTER (WHERE u.status = 'activate' AND u.activation_status IS DISTINCT FROM 'activated') AS never_activated
  FROM zoom.phone_users u
  LEFT JOIN (SELECT DISTINCT account_id, user_id FROM zoom.calling_plans) p USING (account_id, user_id)
  LEFT JOIN (SELECT DISTINCT account_id, user_id FROM zoom.phone_numbers) n USING (account_id, user_id)
  WHERE ${ofSite}
) c
CROSS JOIN LATERAL (VALUES
  ('plan, but no licence', c.plan_without_licence), ('active without a number', c.active_without_number),
  ('active without a plan', c.active_without_plan), ('active, never activated', c.never_activated)
) k (what, users)`),
  table({
    title: 'By country', width: 8, help: 'Country of the phone settings. "not said": the settings were not fetched, or have none.',
  }, { users: { bar: 'blue' } }, `
SELECT coalesce(u.country_code, 'not said') AS country, count(*) AS users
FROM zoom.phone_users u
WHERE ${ofSite}
GROUP BY 1
ORDER BY users DESC
LIMIT 50`),
] }

const policies = { title: 'Policies and their locks', panels: [
  table({
    title: 'Policies', width: 16, height: 14,
    help: `Users of the chosen sites by policy: on, off, or not said. locked: an administrator keeps the user from changing it, and on which level. changed:
      it differs from what the level above sets; many of them mean that the level above is not what people need.`,
  }, { on: { bar: 'green' }, off: { bar: 'orange' }, locked: { bar: 'purple' }, policy: { width: 260 } }, `
SELECT p.policy,
  count(*) FILTER (WHERE p.enabled) AS "on",
  count(*) FILTER (WHERE NOT p.enabled) AS off,
  count(*) FILTER (WHERE p.enabled IS NULL) AS "not said",
  count(*) FILTER (WHERE p.locked) AS locked,
  count(*) FILTER (WHERE p.locked AND p.locked_by = 'account') AS "by account",
  count(*) FILTER (WHERE p.locked AND p.locked_by = 'user_group') AS "by group",
  count(*) FILTER (WHERE p.locked AND p.locked_by = 'site') AS "by site",
  count(*) FILTER (WHERE p.modified) AS changed
FROM zoom.policies p
JOIN zoom.phone_users u USING (account_id, user_id)
WHERE ${ofSite}
GROUP BY p.policy
ORDER BY locked DESC, p.policy`),
  bars({
    title: 'Where the locks are set', width: 8, height: 14, help: 'Locked policies of users by the level that locked them; the 20 policies with most locks.',
  }, 'short', `
SELECT p.policy,
  count(*) FILTER (WHERE p.locked_by = 'account') AS account,
  count(*) FILTER (WHERE p.locked_by = 'user_group') AS "group",
  count(*) FILTER (WHERE p.locked_by = 'site') AS site,
  count(*) FILTER (WHERE p.locked_by IS NULL OR p.locked_by NOT IN ('account', 'user_group', 'site')) AS "not said"
FROM zoom.policies p
JOIN zoom.phone_users u USING (account_id, user_id)
WHERE ${ofSite} AND p.locked
GROUP BY p.policy
ORDER BY count(*) DESC
LIMIT 20`, true),
] }

const changes = { title: 'Changes over time', panels: [
  graphSQL({
    title: 'Changed values', width: 12, runbook: 'syncdholdopen',
    help: `Changes that the journal has, by document, at the time when a pass saw them. A tall bar is somebody's mass change at Zoom, or Zoom's own: the
      table below says of what.`,
  }, { unit: 'short', decimals: 0, min: 0 }, { bars: true, stack: true }, `
SELECT $__timeGroupAlias(c.seen_at, $__interval), c.document AS metric, count(*) AS changes
FROM zoom.setting_changes c
JOIN zoom.phone_users_all u USING (account_id, user_id)
WHERE $__timeFilter(c.seen_at) AND ${ofSite}
GROUP BY 1, 2
ORDER BY 1`),
  graphSQL({
    title: 'Users who came and went', width: 12, runbook: 'syncdholdopen',
    help: 'Users seen for the first time or again, and users found gone and marked deleted. The first pass shows everybody as new.',
  }, { unit: 'short', decimals: 0, min: 0 }, { bars: true, stack: true }, `
SELECT $__timeGroupAlias(e.at, $__interval), e.metric, count(*) AS users
FROM (
  SELECT p.account_id, p.user_id, p.present_from AS at, 'came' AS metric FROM zoom.user_presence p
  UNION ALL
  SELECT p.account_id, p.user_id, p.present_to, 'went' FROM zoom.user_presence p
) e
JOIN zoom.phone_users_all u USING (account_id, user_id)
WHERE $__timeFilter(e.at) AND ${ofSite}
GROUP BY 1, 2
ORDER BY 1`),
  table({
    title: 'What changed most', width: 12, height: 11, help: 'Paths in the chosen time, elements of arrays as one ([]), and how many users they met. Values of single users are in zoom.setting_changes.',
  }, { changes: { bar: 'blue' }, path: { width: 340 }, last: { width: 170 } }, `
SELECT c.document, regexp_replace(c.path, '\\[[^]]*\\]', '[]', 'g') AS path, count(*) AS changes, count(DISTINCT c.user_id) AS users, max(c.seen_at) AS last
FROM zoom.setting_changes c
JOIN zoom.phone_users_all u USING (account_id, user_id)
WHERE $__timeFilter(c.seen_at) AND ${ofSite}
GROUP BY 1, 2
ORDER BY changes DESC
LIMIT 50`),
  table({
    title: 'Changes by site', width: 6, height: 11, help: 'Changed values in the chosen time by the present site of the user. One site far above the others: look who administers it.',
  }, { changes: { bar: 'blue' } }, `
SELECT coalesce(u.site_name, 'no site') AS site, count(*) AS changes, count(DISTINCT c.user_id) AS users
FROM zoom.setting_changes c
JOIN zoom.phone_users_all u USING (account_id, user_id)
WHERE $__timeFilter(c.seen_at) AND ${ofSite}
GROUP BY u.site_id, u.site_name
ORDER BY changes DESC
LIMIT 50`),
  table({
    title: 'Failures by cause', width: 6, height: 11, runbook: 'syncdpassespartial',
    help: 'Documents that passes of the chosen time could not fetch, by HTTP status and Zoom\'s code. Which users: zoom.sync_failures.',
  }, { failures: { bar: 'orange' } }, `
SELECT f.document, f.http_status AS http, f.zoom_code AS code, count(*) AS failures, count(DISTINCT f.user_id) AS users
FROM zoom.sync_failures f
WHERE f.${account} AND $__timeFilter(f.failed_at)
GROUP BY 1, 2, 3
ORDER BY failures DESC
LIMIT 50`),
  table({
    title: 'Holds', width: 12, height: 7, runbook: 'syncdholdopen',
    help: 'Sets of deletions or changes that were held back, open ones first: look at zoom.held_users, then run syncd approve with the number, or have the fault mended.',
  }, { hold: { width: 70 }, reason: { wrap: true } }, `
SELECT hold_id AS hold, kind, users, created_at AS since, approved_at AS approved, coalesce(outcome, 'open') AS outcome, reason
FROM zoom.holds
WHERE ${account} AND (ended_at IS NULL OR $__timeFilter(created_at))
ORDER BY ended_at IS NOT NULL, hold_id DESC
LIMIT 50`),
  table({
    title: 'Unmapped fields', width: 12, height: 7, runbook: 'syncdschemadrift',
    help: 'What Zoom sends that no column holds, or that is of an unexpected type, the newest first. Nothing is lost: it is in the documents.',
  }, { path: { width: 340 } }, `
SELECT document, path, json_type AS type, first_seen_at AS since, last_seen_at AS last
FROM zoom.unmapped_fields
WHERE ${account}
ORDER BY first_seen_at DESC, document, path
LIMIT 100`),
] }

export const directory = dashboard({
  uid: uids.directory,
  title: 'syncd / Directory',
  description: 'Users of Zoom Phone by site, licence and plan, their policies and locks, and what changed: counts from the mirror.',
  other: { title: 'Operations', uid: uids.operations },
  from: 'now-30d',
  refresh: '15m',
  variables: [
    sourceVariable('grafana-postgresql-datasource', 'Mirror', 'syncd-mirror'),
    {
      name: 'account', type: 'query', label: 'Account', datasource: { type: 'grafana-postgresql-datasource', uid: '${datasource}' },
      definition: 'SELECT DISTINCT account_id FROM zoom.sync_passes ORDER BY 1', query: 'SELECT DISTINCT account_id FROM zoom.sync_passes ORDER BY 1',
      regex: '', hide: 0, includeAll: false, multi: false, refresh: 1, sort: 0, skipUrlSync: false, options: [],
    },
    {
      name: 'site', type: 'query', label: 'Site', datasource: { type: 'grafana-postgresql-datasource', uid: '${datasource}' },
      definition: `SELECT DISTINCT ON (coalesce(site_id, '-')) coalesce(site_id, '-') AS __value, coalesce(site_name, site_id, 'no site') AS __text FROM zoom.phone_users WHERE ${account}`,
      query: `SELECT DISTINCT ON (coalesce(site_id, '-')) coalesce(site_id, '-') AS __value, coalesce(site_name, site_id, 'no site') AS __text FROM zoom.phone_users WHERE ${account}`,
      regex: '', hide: 0, includeAll: true, multi: true, refresh: 1, sort: 5, skipUrlSync: false, options: [],
      current: { selected: true, text: ['All'], value: ['$__all'] },
    },
  ],
  annotations: [],
  sections: [freshness, people, policies, changes],
})
