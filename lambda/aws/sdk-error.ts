import * as v from "valibot";

/** The name that the service or the SDK gives an error: `NoSuchKey`, `AccessDeniedException`. `Error` when it has none. */
export function sdkErrorName(error: unknown): string {
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : "Error";
}

/** The HTTP status of the answer; null when there was no answer. */
export function sdkErrorStatus(error: unknown): number | null {
  return metadataOf(error).httpStatusCode ?? null;
}

/** How often the SDK sent the request; 1 when it does not say. */
export function sdkErrorAttempts(error: unknown): number {
  return metadataOf(error).attempts ?? 1;
}

/** What services answer with status 400 although the same request can succeed later. */
const THROTTLING = /^(Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/;

/** Whether the same request can succeed later: no answer, a failure of the service, or throttling. */
export function isPassingFailure(error: unknown): boolean {
  const name = sdkErrorName(error);
  if (name === "CredentialsProviderError") return false;
  const status = sdkErrorStatus(error);
  return status === null || status >= 500 || status === 429 || THROTTLING.test(name);
}

const metadataSchema = v.object({ httpStatusCode: v.optional(v.number()), attempts: v.optional(v.number()) });
const errorSchema = v.object({ $metadata: metadataSchema });

function metadataOf(error: unknown): v.InferOutput<typeof metadataSchema> {
  const { output, success } = v.safeParse(errorSchema, error);
  return success ? output.$metadata : {};
}
