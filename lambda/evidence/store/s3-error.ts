import * as v from "valibot";
import { EvidenceStoreError, type EvidenceStoreErrorCode } from "../../domain/errors.ts";

/** The name that S3 or the SDK gives an error: `NoSuchKey`, `AccessDenied`, `CredentialsProviderError`. */
export function nameOf(error: unknown): string {
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : "Error";
}

/** The answer's HTTP status; null when none came. */
export function statusOf(error: unknown): number | null {
  return metadataOf(error, "httpStatusCode");
}

/** How often the SDK sent the request; 1 when it does not say. */
export function attemptsOf(error: unknown): number {
  return metadataOf(error, "attempts") ?? 1;
}

const metadataSchema = v.object({
  $metadata: v.object({ httpStatusCode: v.optional(v.number()), attempts: v.optional(v.number()) }),
});

function metadataOf(error: unknown, property: "httpStatusCode" | "attempts"): number | null {
  const { output, success } = v.safeParse(metadataSchema, error);
  return success ? (output.$metadata[property] ?? null) : null;
}

/** What S3 or the SDK did not do, as the program's own error: `what` names the object or the location. */
export function s3Error(error: unknown, what: string): EvidenceStoreError {
  if (error instanceof EvidenceStoreError) return error;
  const name = nameOf(error);
  const [code, advice] = explain(error, name, statusOf(error));
  const reason = name === "Error" ? codeOf(error) : name;
  return new EvidenceStoreError(code, `${what} (${reason}); ${advice}.`, { cause: error });
}

/** A system error's code, `ECONNREFUSED`; where the SDK wraps the error, its message still holds it. */
function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) return String(error.code);
  return /\bE[A-Z]{4,}\b/.exec(String(error))?.[0] ?? "no answer";
}

function explain(error: unknown, name: string, status: number | null): readonly [EvidenceStoreErrorCode, string] {
  if (/region is missing/i.test(String(error))) return ["invalid_location", "set AWS_REGION to the bucket's region"];
  if (name === "NoSuchBucket") return ["not_found", "there is no such bucket; check its name"];
  if (name === "PermanentRedirect" || status === 301 || name === "AuthorizationHeaderMalformed")
    return ["invalid_location", "the bucket is in another region; set AWS_REGION to it"];
  if (/bucketname|invalidbucket/i.test(name)) return ["invalid_location", "check the bucket's name"];
  if (/credential|token|accesskeyid|signature/i.test(name))
    return ["forbidden", "check the AWS credentials: they are missing, wrong or expired"];
  if (status === 403)
    return [
      "forbidden",
      "allow s3:PutObject, s3:GetObject and s3:ListBucket on it, without which S3 also refuses what is not there",
    ];
  if (status === 404) return ["not_found", "check the bucket's name"];
  return ["unreachable", "check the network, AWS_REGION and the state of S3, and try again"];
}
