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
function joinManifest(table: "s" | "c" | "f"): string {
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
];
