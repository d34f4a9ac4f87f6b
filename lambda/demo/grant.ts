import type { IncomingMessage } from "node:http";
import * as v from "valibot";
import { type Answer, ok } from "./answers.ts";

export const CLIENT_ID = "demo-client-id";
export const CLIENT_SECRET = "demo-client-secret-never-to-be-shown";

const grantSchema = v.object({
  grant_type: v.string(),
  client_id: v.string(),
  client_secret: v.string(),
  audience: v.string(),
});

/** `POST /oauth/token` by the client credentials grant; `issue` makes the token. */
export async function grantAnswer(
  request: IncomingMessage,
  { audience, scopes, issue }: { audience: string; scopes: readonly string[]; issue: () => string },
): Promise<Answer> {
  const body = Buffer.concat(await Array.fromAsync(request)).toString();
  const { output, success } = v.safeParse(grantSchema, parse(body, request.headers["content-type"] ?? ""));
  if (!success) return oauthError(400, "invalid_request", "A parameter of the grant is missing.");
  if (output.grant_type !== "client_credentials")
    return oauthError(403, "unsupported_grant_type", "Only the client credentials grant is supported.");
  if (output.client_id !== CLIENT_ID || output.client_secret !== CLIENT_SECRET)
    return oauthError(401, "access_denied", "Unauthorized");
  if (output.audience !== audience)
    return oauthError(403, "access_denied", `Service not enabled within domain: ${output.audience}`);
  return ok({ access_token: issue(), scope: scopes.join(" "), expires_in: 86_400, token_type: "Bearer" });
}

function oauthError(status: number, error: string, description: string): Answer {
  return { status, json: { error, error_description: description } };
}

/** JSON, or a form as in OAuth. */
function parse(body: string, contentType: string): unknown {
  if (!contentType.startsWith("application/json")) return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
