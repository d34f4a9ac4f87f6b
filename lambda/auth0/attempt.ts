import type { Json } from "../domain/json.ts";
import type { FailureCode } from "../domain/organization.ts";
import { errorBodySchema, parseAnswer } from "./answers.ts";
import type { HttpOutcome } from "./http.ts";

const LONGEST_MESSAGE_CHARACTERS = 200;

/**
 * What another attempt needs to help. `none`: nothing helps. `backoff`: the trouble passes by itself. `retry_once`: the
 * answer is JSON of a shape that the API does not promise. `rate_limit`: the end of the pause after a 429. `token`:
 * another token, as this one was refused.
 */
export type Remedy = "none" | "backoff" | "retry_once" | "rate_limit" | "token";

/** One attempt failed. It has no cause: what `fetch` throws may hold what was sent. */
export class AttemptError extends Error {
  override readonly name = "AttemptError";
  readonly code: FailureCode;
  readonly remedy: Remedy;
  readonly httpStatus: number | null;
  /** The API's own code for the error, such as `insufficient_scope`. */
  readonly errorCode: string | null;
  constructor(
    code: FailureCode,
    remedy: Remedy,
    message: string,
    httpStatus: number | null,
    errorCode: string | null = null,
  ) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.httpStatus = httpStatus;
    this.errorCode = errorCode;
  }
}

/** The JSON of a 200, of the text as `hide` leaves it. Throws `AttemptError`. */
export function jsonOf(outcome: HttpOutcome, hide: (text: string) => string): Json {
  if (outcome.kind === "broken") {
    const remedy = outcome.code === "malformed_response" ? "none" : "backoff";
    throw new AttemptError(outcome.code, remedy, outcome.message, outcome.status);
  }
  const { body, status } = outcome;
  const json = parseJson(body, hide);
  if (status === 200) {
    if (json !== undefined) return json;
    throw new AttemptError("malformed_response", "backoff", "$: the answer is not JSON.", status);
  }
  const { errorCode, message } = readError(json);
  const said = oneLine(message);
  const answered = `Auth0 answered ${status}${said === "" ? "" : ` (${said})`}.`;
  const { code, remedy } = meaningOf(status, json !== undefined);
  throw new AttemptError(code, remedy, code === "malformed_response" ? `$: ${answered}` : answered, status, errorCode);
}

function meaningOf(status: number, isJson: boolean): { readonly code: FailureCode; readonly remedy: Remedy } {
  if (status >= 500) return { code: "unavailable", remedy: "backoff" };
  switch (status) {
    case 400:
      return { code: "invalid_request", remedy: "none" };
    case 401:
      return { code: "forbidden", remedy: "token" };
    case 403:
      return { code: "forbidden", remedy: "none" };
    case 404:
      // Only the API itself knows which Organizations there are; a proxy's page does not.
      return isJson
        ? { code: "organization_not_found", remedy: "none" }
        : { code: "malformed_response", remedy: "backoff" };
    case 408:
      return { code: "timeout", remedy: "backoff" };
    case 429:
      return { code: "rate_limited", remedy: "rate_limit" };
    default:
      return { code: "malformed_response", remedy: "retry_once" };
  }
}

/**
 * `text` from outside as messages may hold it: it goes into evidence and onto terminals. One line of bounded length, and
 * nothing that looks like a token.
 */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, "[hidden]")
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, LONGEST_MESSAGE_CHARACTERS)
    .toWellFormed();
}

function parseJson(body: Uint8Array, hide: (text: string) => string): Json | undefined {
  try {
    const json: Json = JSON.parse(hide(new TextDecoder("utf-8", { fatal: true }).decode(body)));
    return json;
  } catch {
    return undefined;
  }
}

function readError(json: Json | undefined): { readonly errorCode: string | null; readonly message: string } {
  const parsed = json === undefined ? null : parseAnswer(errorBodySchema, json);
  if (!parsed?.ok) return { errorCode: null, message: "" };
  const { errorCode = null, message = "" } = parsed.value;
  return { errorCode, message };
}
