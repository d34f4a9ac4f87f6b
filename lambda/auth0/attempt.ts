import type { Json } from "../domain/json.ts";
import type { FailureCode } from "../domain/organization.ts";
import { type ReadJson, readJson } from "./answer-json.ts";
import { errorBodySchema, parseAnswer } from "./answers.ts";
import type { HttpOutcome } from "./http.ts";

const LONGEST_MESSAGE_CHARACTERS = 200;
/** The rest of a longer text is not looked at. */
const LONGEST_READ_CHARACTERS = 4_000;

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

/** The JSON of a 200, its strings and keys as `hide` leaves them. Throws `AttemptError`. */
export function jsonOf(outcome: HttpOutcome, hide: (text: string) => string): Json {
  if (outcome.kind === "broken") {
    const remedy = outcome.code === "malformed_response" ? "none" : "backoff";
    throw new AttemptError(outcome.code, remedy, outcome.message, outcome.status);
  }
  const { body, status } = outcome;
  const read = readJson(body, hide);
  if (status === 200) {
    if (read.kind === "json") return read.json;
    const [remedy, problem] =
      read.kind === "too_deep"
        ? (["retry_once", "is nested too deep"] as const)
        : (["backoff", "is not JSON"] as const);
    throw new AttemptError("malformed_response", remedy, `$: the answer ${problem}.`, status);
  }
  const { errorCode, isAuth0, message } = readError(read, status);
  const said = oneLine(message);
  const answered = `Auth0 answered ${status}${said === "" ? "" : ` (${said})`}.`;
  const { code, remedy } = meaningOf(status, isAuth0);
  throw new AttemptError(code, remedy, code === "malformed_response" ? `$: ${answered}` : answered, status, errorCode);
}

function meaningOf(status: number, isAuth0: boolean): { readonly code: FailureCode; readonly remedy: Remedy } {
  if (status >= 500) return { code: "unavailable", remedy: "backoff" };
  switch (status) {
    case 400:
      return { code: "invalid_request", remedy: "none" };
    case 401:
      return { code: "forbidden", remedy: "token" };
    case 403:
      return { code: "forbidden", remedy: "none" };
    case 404:
      // Only the API itself knows which Organizations there are; a proxy or gateway does not.
      return isAuth0
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
 * `text` from outside as messages may contain it: they go into evidence and onto terminals. One line of bounded length,
 * and nothing that looks like a token. The expressions are linear in the length of `text`.
 */
export function oneLine(text: string): string {
  return text
    .slice(0, LONGEST_READ_CHARACTERS)
    .replaceAll(/[A-Za-z0-9_.-]+/g, (word) => (isLikeToken(word) ? "[hidden]" : word))
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, LONGEST_MESSAGE_CHARACTERS)
    .toWellFormed();
}

/** Three parts with dots between them, as a JWT has, of which the first is long. */
function isLikeToken(word: string): boolean {
  const parts = word.split(".");
  return parts.some((part, index) => part.length >= 16 && (parts[index + 1] ?? "") !== "" && index + 2 < parts.length);
}

interface ReadError {
  readonly errorCode: string | null;
  readonly message: string;
  /** Whether it is an error of the API itself: `{ statusCode, error, message, errorCode }`. */
  readonly isAuth0: boolean;
}

function readError(read: ReadJson, status: number): ReadError {
  const parsed = read.kind === "json" ? parseAnswer(errorBodySchema, read.json) : null;
  if (!parsed?.ok) return { errorCode: null, message: "", isAuth0: false };
  const { errorCode = null, message = "", statusCode } = parsed.value;
  return { errorCode, message, isAuth0: statusCode === status && errorCode !== null && errorCode !== "" };
}
