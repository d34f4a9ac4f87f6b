import type { Change, PropertyChange } from "../domain/change.ts";
import { SEVERITIES } from "../domain/change.ts";
import { counted, duration, grouped, moment } from "../domain/text.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { UnreadOrganization } from "./model.ts";

/** So many connections of an Organization are named; the evidence has them all. */
const NAMED_CONNECTIONS = 20;

/** The report in one sentence: what somebody reads who reads nothing else. Unescaped, for the renderer to escape. */
export function verdict({ status, error, summary, baseline, previous, warnings }: Manifest): string {
  if (status === "failed") return `The audit failed: ${error?.message ?? "no reason was recorded"}`;
  const { observed, failed, requested } = summary.organizations;
  const read = failed === 0 ? "" : ` ${grouped(failed)} of ${counted(requested, "Organization")} could not be read.`;
  if (baseline === null) {
    const first = previous === null && warnings.length === 0 ? "The first record" : "A new baseline";
    return `${first}: ${counted(observed, "Organization")} with ${counted(summary.connections, "enabled connection")}.${read}`;
  }
  const worst = SEVERITIES.filter((severity) => summary.severity[severity] > 0);
  if (observed === 0 && failed > 0) return `Nothing could be compared.${read}`;
  if (worst.length === 0) return `Nothing changed in ${counted(observed, "Organization")}.${read}`;
  const total = SEVERITIES.reduce((sum, severity) => sum + summary.severity[severity], 0);
  const parts = worst.map((severity) => `${grouped(summary.severity[severity])} ${severity}`).join(", ");
  return `${counted(total, "change")}: ${parts}.${read}`;
}

/** What happened, as a heading says it. */
export function changeTitle({ change, connectionName, connectionId, strategy }: Change): string {
  const connection = `${connectionName ?? connectionId ?? "a connection"}${strategy === null ? "" : ` (${strategy})`}`;
  switch (change) {
    case "connection_enabled":
      return `Connection enabled: ${connection}`;
    case "connection_disabled":
      return `Connection disabled: ${connection}`;
    case "connection_updated":
      return `Connection updated: ${connection}`;
    case "organization_created":
      return "Organization created";
    case "organization_deleted":
      return "Organization deleted";
    case "organization_renamed":
      return "Organization renamed";
    case "scope_added":
      return "Came into the audit's scope";
    case "scope_removed":
      return "Left the audit's scope";
  }
}

/** `show_as_button: true → false`. */
export function propertyText({ name, previousValue, updatedValue }: PropertyChange): string {
  return `${name}: ${valueText(previousValue)} → ${valueText(updatedValue)}`;
}

function valueText(value: PropertyChange["previousValue"]): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was before a change and what is since, side by side; `property` is null where the thing itself came or went. */
export interface Comparison {
  readonly property: string | null;
  readonly was: string;
  readonly is: string;
}

/** What a change did, one comparison a property; never empty but for an update without properties. */
export function comparisons({ change, properties }: Change): readonly Comparison[] {
  const whole = (was: string, is: string) => [{ property: null, was, is }];
  switch (change) {
    case "connection_enabled":
      return whole("not enabled", "enabled");
    case "connection_disabled":
      return whole("enabled", "not enabled");
    case "organization_created":
      return whole("not in the tenant", "in the tenant");
    case "organization_deleted":
      return whole("in the tenant", "not in the tenant");
    case "scope_added":
      return whole("not audited", "audited");
    case "scope_removed":
      return whole("audited", "not audited");
    case "connection_updated":
    case "organization_renamed":
      return properties.map(({ name, previousValue, updatedValue }) => ({
        property: name,
        was: valueText(previousValue),
        is: valueText(updatedValue),
      }));
  }
}

/** What a property decides, in words; null for one that Auth0 added since. */
export function propertyLabel(name: string): string | null {
  switch (name) {
    case "assign_membership_on_login":
      return "Automatic membership";
    case "is_signup_enabled":
      return "Sign-up";
    case "show_as_button":
      return "Sign-in button";
    case "connection.name":
      return "Connection name";
    case "connection.strategy":
      return "Strategy";
    case "name":
      return "Name";
    case "display_name":
      return "Display name";
    default:
      return null;
  }
}

/** `between A and B`, or `before B` when there is no older observation. */
export function intervalText({ after, before }: Change["between"]): string {
  return after === null ? `before ${moment(before)}` : `between ${moment(after)} and ${moment(before)}`;
}

/** What is last known of an Organization that could not be read; at most `named` of its connections by name. */
export function lastKnownText({ lastObserved }: UnreadOrganization, named = NAMED_CONNECTIONS): string {
  if (lastObserved === null) return "it was never read";
  const { enabledConnections, observedAt } = lastObserved;
  const names = enabledConnections.slice(0, named).map(({ name, connectionId }) => name ?? connectionId);
  const more = enabledConnections.length - names.length;
  if (more > 0) names.push(`${grouped(more)} more`);
  return `${names.length === 0 ? "no connection enabled" : names.join(", ")}, on ${moment(observedAt)}`;
}

/** What the audit cost the tenant, label by label. */
export function costRows({ usage }: Manifest): readonly (readonly [label: string, value: string])[] {
  const { limit, lowestRemaining, durationMs, requests } = usage;
  const used = bucketUsed(usage);
  return [
    ["Requests", grouped(requests)],
    ["Answered 429", grouped(usage.rateLimited)],
    ["Retries", grouped(usage.retries)],
    ["Rate limit", limit === null ? "not told" : counted(limit, "request")],
    ["Lowest remaining", lowestRemaining === null ? "not told" : grouped(lowestRemaining)],
    ["Share of the bucket used", used === null ? "not told" : `${Math.round(used * 100)} %`],
    ["Requests a minute", grouped(requestsPerMinute(usage))],
    ["Time", duration(durationMs)],
  ];
}

/** The largest share of the bucket that was empty at any moment, 0 to 1; null when no answer told. */
export function bucketUsed({ limit, lowestRemaining }: Manifest["usage"]): number | null {
  return limit === null || lowestRemaining === null ? null : Math.max(0, (limit - lowestRemaining) / limit);
}

/** Over the whole run. */
export function requestsPerMinute({ requests, durationMs }: Manifest["usage"]): number {
  return durationMs <= 0 ? 0 : Math.round((requests / durationMs) * 60_000);
}
