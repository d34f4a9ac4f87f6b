import type { Change } from "../../domain/change.ts";
import type { EnabledConnection, Failure } from "../../domain/organization.ts";
import { grouped, moment } from "../../domain/text.ts";
import type { UnreadOrganization } from "../model.ts";

// Names are unescaped in every text of this folder: the renderer escapes them.

/** Shown where Auth0's answer has no name or strategy. */
export const UNKNOWN = "unknown";

const NAMED_CONNECTIONS = 20;
const NAMED_ORGANIZATIONS = 3;

/** An Organization as every record identifies it. */
export type Identified = Pick<Change, "organizationId" | "organizationName">;

/** The Organization's name, or its ID where the name is unknown. */
export function organizationLabel({ organizationId, organizationName }: Identified): string {
  return organizationName ?? organizationId;
}

/** `acme (org_1)`, or the ID alone. */
export function organizationAndId({ organizationId, organizationName }: Identified): string {
  return organizationName === null ? organizationId : `${organizationName} (${organizationId})`;
}

/** `: acme, globex, hooli and 3 more`; empty when there is none. `total`: how many Organizations there are. */
export function namedText(listed: readonly Identified[], total: number): string {
  const names = new Map(listed.map((one) => [one.organizationId, organizationLabel(one)]));
  const named = [...names.values()].slice(0, NAMED_ORGANIZATIONS);
  const more = total - named.length;
  if (named.length === 0) return "";
  return `: ${named.join(", ")}${more > 0 ? ` and ${grouped(more)} more` : ""}`;
}

/** The connection's name, or its ID where the name is unknown. */
export function connectionLabel({ connectionId, name }: Pick<EnabledConnection, "connectionId" | "name">): string {
  return name ?? connectionId;
}

/** `rate_limited, Auth0 answered 429.` */
export function failureText({ code, message }: Pick<Failure, "code" | "message">): string {
  return `${code}, ${message}`;
}

/** What it means for an Organization to be unread. */
export const UNREAD_NOTE =
  "Changes in these Organizations are unknown. Their last known state is carried forward until they are read again.";

/** The last known state of an unread Organization. Names at most `named` of its connections. */
export function lastKnownText({ lastObserved }: UnreadOrganization, named = NAMED_CONNECTIONS): string {
  if (lastObserved === null) return "never read";
  const { enabledConnections, observedAt } = lastObserved;
  const names = enabledConnections.slice(0, named).map(connectionLabel);
  const more = enabledConnections.length - names.length;
  const all = more > 0 ? `${names.join(", ")} and ${grouped(more)} more` : names.join(", ");
  return `${all === "" ? "no connections enabled" : all} (read ${moment(observedAt)})`;
}
