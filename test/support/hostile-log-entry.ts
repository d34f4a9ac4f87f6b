import type { JsonObject } from "../../lambda/domain/json.ts";

/** What must not survive of the entry. */
export const SECRETS = [
  "secret-jti",
  "secret-token",
  "secret-header",
  "secret-answer",
  "secret-metadata",
  "secret-query",
  "secret-description",
  "secret-password",
  "__proto__",
] as const;

/** An entry with a secret wherever one can be, and texts of a megabyte. */
export function hostileEntry(other: JsonObject = {}): JsonObject {
  const long = "A".repeat(1_000_000);
  return {
    log_id: "90020260303053000123",
    date: "2026-03-03T05:30:00.123Z",
    type: "sapi",
    description: "secret-description",
    client_id: "client",
    client_name: `\u202E\u0007${long}`,
    ip: "203.0.113.7",
    user_agent: long,
    auth0_client: { version: "secret-header" },
    details: {
      accessedSecrets: ["secret-password"],
      request: {
        method: "patch",
        path: "/api/v2/organizations/org_0000000000000001?access_token=secret-query",
        query: { access_token: "secret-query" },
        headers: { authorization: "Bearer secret-header" },
        body: {
          is_signup_enabled: true,
          show_as_button: { deep: "secret-password" },
          name: ["secret-password"],
          display_name: "Acme",
          metadata: { key: "secret-metadata" },
          client_secret: "secret-password",
          enabled_connections: [
            { connection_id: "con_1", assign_membership_on_login: true, note: "secret-metadata" },
            "secret-token",
            { show_as_button: true },
          ],
          ["__proto__"]: { is_enabled: true },
        },
        channel: "https://manage.auth0.com/",
        ip: "203.0.113.7",
        userAgent: long,
        auth: {
          strategy: "jwt",
          credentials: { jti: "secret-jti", token: "secret-token" },
          user: { user_id: "auth0|alice", name: long, email: "alice@example.com", picture: "secret-metadata" },
        },
      },
      response: { statusCode: 200, body: { id: "not-an-organization", token: "secret-answer" } },
    },
    ...other,
  };
}
