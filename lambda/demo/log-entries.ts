import type { Json, JsonObject } from "../domain/json.ts";

/** Who sends a request to the tenant's Management API: a person in the Dashboard, or an application with a token. */
export type DemoActor =
  | {
      readonly kind: "dashboard";
      readonly userId: string;
      readonly name: string;
      readonly email: string;
      readonly ip: string;
    }
  | {
      readonly kind: "application";
      readonly clientId: string;
      readonly clientName: string;
      readonly userAgent: string;
      readonly ip: string;
    };

export interface DemoRequest {
  readonly method: "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: Json;
  /** Default: 200. From 400 on, the entry is one of a failed operation. */
  readonly statusCode?: number;
  readonly responseBody?: Json;
  /** When it happened, in milliseconds since the epoch. Default: now. */
  readonly atMs?: number;
  /** How long after that the entry appears, in milliseconds. Default: 0. */
  readonly lateMs?: number;
}

const DASHBOARD_CHANNEL = "https://manage.auth0.com/";
const BROWSER = "Chrome 142.0.0 / Mac OS X 10.15.7";
/** The Dashboard's own application. */
const DASHBOARD_CLIENT_ID = "zEYfpoFzUMEzilhkHilcWoNkrFfJ3hAI";

/** The entry that Auth0 writes for a request, without `log_id` (https://auth0.com/docs/tenant-logs/management-success/sapi). */
export function demoLogEntry(actor: DemoActor, request: DemoRequest, atMs: number): JsonObject {
  const { body = {}, method, path, responseBody = {}, statusCode = 200 } = request;
  const isFailed = statusCode >= 400;
  const isDashboard = actor.kind === "dashboard";
  const userAgent = isDashboard ? BROWSER : actor.userAgent;
  return {
    type: isFailed ? "fapi" : "sapi",
    description: descriptionOf(method, path),
    client_id: isDashboard ? DASHBOARD_CLIENT_ID : actor.clientId,
    client_name: isDashboard ? "" : actor.clientName,
    ip: actor.ip,
    user_agent: userAgent,
    user_id: isDashboard ? actor.userId : `${actor.clientId}@clients`,
    details: {
      request: {
        method: method.toLowerCase(),
        path,
        query: {},
        userAgent,
        body,
        channel: isDashboard ? DASHBOARD_CHANNEL : "api",
        ip: actor.ip,
        auth: {
          user: isDashboard ? { user_id: actor.userId, name: actor.name, email: actor.email } : {},
          strategy: "jwt",
          credentials: { jti: `demo-jti-${atMs}`, scopes: ["update:organizations", "create:organization_connections"] },
        },
      },
      response: {
        statusCode,
        body: isFailed ? { statusCode, error: "Bad Request", message: "Refused" } : responseBody,
      },
    },
    $event_schema: { version: "1.0.0" },
    environment_name: "prod-eu-1",
    tenant_name: "demo",
    isMobile: false,
  };
}

/** Titles change from time to time: nothing may depend on them. */
function descriptionOf(method: string, path: string): string {
  if (/connections/.test(path)) return `${method === "DELETE" ? "Delete" : "Modify"} an organization connection`;
  return `${method === "POST" ? "Create" : method === "DELETE" ? "Delete" : "Update"} an Organization`;
}
