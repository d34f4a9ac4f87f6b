import { type LogEntry, MY_ORGANIZATION_TYPE } from "../auth0/port.ts";
import type { ConnectionId, OrganizationId, RunId } from "../domain/identifiers.ts";
import type { Actor, Operation } from "../domain/operation.ts";

/** The types of log entries that can tell of an operation: successful and failed requests, and Organization administrators. */
export const OPERATION_LOG_TYPES: readonly string[] = ["sapi", "fapi", `${MY_ORGANIZATION_TYPE}*`];

/** The subject of a request that can change who can sign in; null: the log does not name it. */
interface Subject {
  readonly organizationId: OrganizationId | null;
  readonly connectionId: ConnectionId | null;
}

/**
 * What a log entry says of who can sign in, by method and path alone: descriptions change. Empty for everything else.
 * Usually one operation; one for each Organization where the entry names several (a self-service ticket, or an entry of
 * the My Organization API). The effect is `unknown` until `effectsOf` decides it.
 */
export function operationsOf(entry: LogEntry, runId: RunId): readonly Operation[] {
  if (entry.type.startsWith(MY_ORGANIZATION_TYPE))
    return entry.mentionedOrganizationIds.map((organizationId) =>
      operation(entry, runId, { organizationId, connectionId: null }),
    );
  if (entry.type !== "sapi" && entry.type !== "fapi") return [];
  const request = requestOf(entry.path ?? "");
  if (request === null) return [];
  if (request.kind === "ticket")
    return entry.method === "POST"
      ? entry.enabledOrganizations.map(({ organizationId, requested }) => ({
          ...operation(entry, runId, { organizationId, connectionId: null }),
          requested,
        }))
      : [];
  if (!METHODS[request.kind].includes(entry.method ?? "")) return [];
  return [operation(entry, runId, subjectOf(request, entry))];
}

type RequestKind =
  | "organizations"
  | "organization"
  | "organization_connections"
  | "organization_connection"
  | "connection";

interface Request {
  readonly kind: RequestKind | "ticket";
  readonly id: string;
  readonly connectionId: string;
}

const METHODS: Readonly<Record<RequestKind, readonly string[]>> = {
  organizations: ["POST"],
  organization: ["PATCH", "DELETE"],
  organization_connections: ["POST"],
  organization_connection: ["PATCH", "PUT", "DELETE"],
  connection: ["PATCH", "DELETE"],
};

/** https://auth0.com/docs/api/management/v2; some entries leave out `/api`. */
const PATHS: readonly (readonly [RequestKind | "ticket", RegExp])[] = [
  ["organizations", /^(?:\/api)?\/v2\/organizations\/?$/],
  ["organization", /^(?:\/api)?\/v2\/organizations\/([^/]+)\/?$/],
  ["organization_connections", /^(?:\/api)?\/v2\/organizations\/([^/]+)\/(?:enabled_)?connections\/?$/],
  ["organization_connection", /^(?:\/api)?\/v2\/organizations\/([^/]+)\/(?:enabled_)?connections\/([^/]+)\/?$/],
  ["connection", /^(?:\/api)?\/v2\/connections\/([^/]+)\/?$/],
  ["ticket", /^(?:\/api)?\/v2\/self-service-profiles\/([^/]+)\/sso-ticket\/?$/],
];

function requestOf(path: string): Request | null {
  for (const [kind, pattern] of PATHS) {
    const match = pattern.exec(path);
    if (match !== null) return { kind, id: decoded(match[1] ?? ""), connectionId: decoded(match[2] ?? "") };
  }
  return null;
}

/** A segment whose encoding is broken stays as it is. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function subjectOf({ connectionId, id, kind }: Request, entry: LogEntry): Subject {
  switch (kind) {
    case "organizations":
      return { organizationId: entry.createdOrganizationId, connectionId: null };
    case "organization_connections":
      return { organizationId: id as OrganizationId, connectionId: entry.requestedConnectionId };
    case "organization_connection":
      return { organizationId: id as OrganizationId, connectionId: connectionId as ConnectionId };
    case "connection":
      return { organizationId: null, connectionId: id as ConnectionId };
    default:
      return { organizationId: id as OrganizationId, connectionId: null };
  }
}

function operation(entry: LogEntry, runId: RunId, { connectionId, organizationId }: Subject): Operation {
  const { at, channel, clientId, clientName, ip, logId, method, path, requested, statusCode, type, userAgent } = entry;
  return {
    runId,
    logId,
    at,
    type,
    method: method ?? "",
    path: path ?? "",
    organizationId,
    connectionId,
    statusCode,
    requested,
    actor: actorOf(entry),
    clientId,
    clientName,
    ip,
    userAgent,
    channel,
    effect: "unknown",
    undone: [],
  };
}

/** In the Dashboard, the log names the person; for a token of an application, only the application. */
function actorOf({ clientId, clientName, type, user }: LogEntry): Actor {
  if (type.startsWith(MY_ORGANIZATION_TYPE)) return { kind: "organization_member", ...user };
  if (user.id !== null || user.name !== null || user.email !== null) return { kind: "user", ...user };
  if (clientId !== null || clientName !== null)
    return { kind: "application", id: clientId, name: clientName, email: null };
  return { kind: "unknown", id: null, name: null, email: null };
}
