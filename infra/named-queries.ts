/** A saved query. Athena asks for a value for each `?`, in order. */
export interface ReadyQuery {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

/**
 * The manifests that a later manifest continues, and the last one of each tenant. SQL cannot compute the hash of an object,
 * so this leaves out a manifest that was put beside the chain, but only `verify` proves that the chain is intact.
 */
const CHAIN = `chain AS (
  SELECT previous.key AS key FROM manifests WHERE previous IS NOT NULL
  UNION
  SELECT max_by(key, completed_at) FROM manifests WHERE completed_at <= to_iso8601(current_timestamp) GROUP BY tenant
)`;

/** Joins the lines of `table` with the manifest that names their part: nothing else is evidence of a recorded run. */
function joinManifest(table: "s" | "c" | "f" | "p"): string {
  return `JOIN manifests m ON m.tenant = ${table}.tenant AND m.dt = ${table}.dt AND m.run_id = ${table}.run_id
    AND m."$path" LIKE '%/' || m.key
    AND any_match(m.files, f -> ${table}."$path" LIKE '%/' || f.key)`;
}

export const READY_QUERIES: readonly ReadyQuery[] = [
  {
    name: "connections-on-a-date",
    description:
      "Which connections could people use to sign in to an Organization on a date? Parameters: tenant, date (YYYY-MM-DD), the same date, Organization ID.",
    sql: `-- Parameters, each in single quotes: tenant, date as YYYY-MM-DD, the same date, Organization ID.
-- Uses the last run in the 35 days up to the date. If that run could not read the Organization, uses its last observation.
WITH ${CHAIN}, observed AS (
  SELECT s.run_id, s.organization_name, s.status, s.enabled_connections, s.last_observed, s.observed_at,
         rank() OVER (ORDER BY s.run_id DESC) AS age
  FROM snapshots s
  ${joinManifest("s")}
  WHERE m.key IN (SELECT key FROM chain) AND s.tenant = ? AND s.dt <= ?
    AND s.dt >= date_format(date_add('day', -35, date(?)), '%Y-%m-%d')
    AND s.organization_id = ?
)
SELECT o.run_id, o.organization_name, o.status,
       if(o.status = 'failed', o.last_observed.observed_at, o.observed_at) AS observed_at,
       e.connection_id, e.connection.name AS connection_name, e.connection.strategy AS strategy,
       e.assign_membership_on_login, e.is_signup_enabled, e.show_as_button
FROM observed o
LEFT JOIN UNNEST(if(o.status = 'failed', o.last_observed.enabled_connections, o.enabled_connections))
  AS e (connection_id, assign_membership_on_login, show_as_button, is_signup_enabled, connection) ON true
WHERE o.age = 1
ORDER BY e.connection_id`,
  },
  {
    name: "changes-between-dates",
    description:
      "What changed between two dates, and which changes widened access or locked people out? Parameters: tenant, first date, last date (YYYY-MM-DD).",
    sql: `-- Parameters, each in single quotes: tenant, first date, last date, as YYYY-MM-DD.
WITH ${CHAIN}
SELECT c.dt, c.run_id, c.severity, c.change, c.organization_id, c.organization_name, c.connection_id,
       c.connection_name, c.strategy, array_join(c.reasons, ' ') AS reasons,
       array_join(transform(c.properties,
         p -> p.name || ': ' || coalesce(p.previous_value, 'null') || ' to ' || coalesce(p.updated_value, 'null')), ', ') AS properties,
       c."between".after AS happened_after, c."between".before AS happened_before
FROM changes c
${joinManifest("c")}
WHERE m.key IN (SELECT key FROM chain) AND c.tenant = ? AND c.dt BETWEEN ? AND ?
ORDER BY CASE c.severity WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END, c.run_id, c.organization_id`,
  },
  {
    name: "organizations-not-read",
    description:
      "Which Organizations could not be read, and what is their last known state? Parameters: tenant, first date, last date (YYYY-MM-DD).",
    sql: `-- Parameters, each in single quotes: tenant, first date, last date, as YYYY-MM-DD.
WITH ${CHAIN}
SELECT s.dt, s.run_id, s.organization_id, s.organization_name, s.failure.code, s.failure.http_status,
       s.failure.message, s.failure.attempts, s.last_observed.observed_at AS last_observed_at,
       array_join(transform(s.last_observed.enabled_connections, c -> c.connection.name), ', ') AS last_known_connections
FROM snapshots s
${joinManifest("s")}
WHERE m.key IN (SELECT key FROM chain) AND s.tenant = ? AND s.dt BETWEEN ? AND ? AND s.status = 'failed'
ORDER BY s.run_id DESC, s.organization_id`,
  },
  {
    name: "open-findings-by-age",
    description:
      "Which findings are open, and for how many days? Worst first, then oldest first. Parameters: tenant, the same tenant.",
    sql: `-- Parameters, each in single quotes: tenant, the same tenant.
-- Uses, for each Organization, the last run in the past 35 days that has it.
WITH ${CHAIN}, newest AS (
  SELECT s.organization_id, max_by(m.run_id, m.completed_at) AS run_id
  FROM snapshots s
  ${joinManifest("s")}
  WHERE m.key IN (SELECT key FROM chain) AND s.tenant = ?
    AND s.dt >= date_format(date_add('day', -35, current_date), '%Y-%m-%d')
  GROUP BY s.organization_id
)
SELECT f.severity, date_diff('day', from_iso8601_timestamp(f.first_seen."at"), current_timestamp) AS days,
       f.rule, f.rule_version, f.organization_id, f.organization_name, f.connection_id, f.connection_name, f.strategy,
       f.message, f.first_seen."at" AS first_seen_at, f.state_observed_at, f.run_id
FROM findings f
${joinManifest("f")}
JOIN newest n ON n.organization_id = f.organization_id AND n.run_id = f.run_id
WHERE m.key IN (SELECT key FROM chain) AND f.tenant = ? AND f.status = 'open'
  AND f.dt >= date_format(date_add('day', -35, current_date), '%Y-%m-%d')
ORDER BY CASE f.severity WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END, days DESC,
         f.organization_id, f.rule, f.connection_id`,
  },
  {
    name: "state-at-a-time",
    description:
      "What was the state of a tenant at a time: the last sweep, and each Organization as the newest update has it? Parameters: tenant, time (2026-03-03T12:00:00.000Z), the same time, tenant, time, time.",
    sql: `-- Parameters, each in single quotes: tenant, time, the same time, the same tenant, the same time, the same time.
-- A time is in UTC with milliseconds, such as 2026-03-03T12:00:00.000Z. A run counts from when it was completed.
-- Uses the last sweep of the whole tenant in the 35 days up to the time, and every run since.
WITH ${CHAIN}, base AS (
  SELECT max(m.completed_at) AS completed_at
  FROM manifests m
  WHERE m.key IN (SELECT key FROM chain) AND m.tenant = ? AND m.completed_at <= ?
    AND m.dt >= date_format(date_add('day', -35, from_iso8601_timestamp(?)), '%Y-%m-%d')
    AND coalesce(m.kind, 'sweep') = 'sweep' AND m.scope.kind = 'all' AND m.status <> 'failed'
), observed AS (
  SELECT s.organization_id, s.organization_name, s.status, s.observed_at, s.enabled_connections, s.last_observed,
         s.run_id, rank() OVER (PARTITION BY s.organization_id ORDER BY m.completed_at DESC) AS age
  FROM snapshots s
  ${joinManifest("s")}
  JOIN base b ON m.completed_at >= b.completed_at
  WHERE m.key IN (SELECT key FROM chain) AND s.tenant = ? AND m.completed_at <= ?
    AND s.dt >= date_format(date_add('day', -35, from_iso8601_timestamp(?)), '%Y-%m-%d')
)
SELECT o.organization_id, o.organization_name, o.status, o.run_id,
       if(o.status = 'failed', o.last_observed.observed_at, o.observed_at) AS observed_at,
       array_join(transform(if(o.status = 'failed', o.last_observed.enabled_connections, o.enabled_connections),
         c -> c.connection.name || ' (' || c.connection.strategy || ')'), ', ') AS connections
FROM observed o
WHERE o.age = 1 AND o.status <> 'deleted'
ORDER BY o.organization_id`,
  },
  {
    name: "who-changed-what",
    description:
      "Who changed what between two dates? Parameters: tenant, first date, last date (YYYY-MM-DD), the same tenant, first date, last date.",
    sql: `-- Parameters, each in single quotes: tenant, first date, last date (YYYY-MM-DD), and the same three again.
-- Each operation that fits a change is a line: if a change has several lines, only the report says how sure each of them is.
WITH ${CHAIN}, made AS (
  SELECT p.tenant, p.run_id, p."at", p.organization_id, p.connection_id, p.actor, p.client_name, p.ip, p.method, p.path
  FROM operations p
  ${joinManifest("p")}
  WHERE m.key IN (SELECT key FROM chain) AND p.tenant = ? AND p.dt BETWEEN ? AND ? AND p.effect = 'change'
)
SELECT c.dt, c.run_id, c.severity, c.change, c.organization_id, c.organization_name, c.connection_name, c.strategy,
       made."at" AS changed_at, made.actor.kind AS actor_kind, coalesce(made.actor.email, made.actor.name, made.actor.id) AS actor,
       made.client_name, made.ip, made.method, made.path
FROM changes c
${joinManifest("c")}
LEFT JOIN made ON made.tenant = c.tenant AND made.run_id = c.run_id
    AND (made.organization_id = c.organization_id OR made.organization_id IS NULL)
    AND (made.connection_id = c.connection_id OR (made.connection_id IS NULL AND made.organization_id IS NOT NULL))
    AND made."at" <= c."between".before AND (c."between".after IS NULL OR made."at" >= c."between".after)
WHERE m.key IN (SELECT key FROM chain) AND c.tenant = ? AND c.dt BETWEEN ? AND ?
ORDER BY c.run_id, c.organization_id, c.connection_id, made."at"`,
  },
  {
    name: "opened-and-closed",
    description:
      "What came and went between two runs, so that no snapshot has it? Worst first. Parameters: tenant, first date, last date (YYYY-MM-DD).",
    sql: `-- Parameters, each in single quotes: tenant, first date, last date, as YYYY-MM-DD.
WITH ${CHAIN}
SELECT u.change.severity, u.change.change, u.change.organization_id, u.change.organization_name, u.change.connection_name,
       u.change.strategy, u.change."between".after AS began_at, u.change."between".before AS ended_before, u.undone_by,
       p.actor.kind AS actor_kind, coalesce(p.actor.email, p.actor.name, p.actor.id) AS actor, p.client_name, p.ip, p.run_id
FROM operations p
${joinManifest("p")}
CROSS JOIN UNNEST(p.undone) AS u (undone_by, change)
WHERE m.key IN (SELECT key FROM chain) AND p.tenant = ? AND p.dt BETWEEN ? AND ? AND p.effect = 'undone'
ORDER BY CASE u.change.severity WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END, p."at"`,
  },
];
