import { sdkErrorName, sdkErrorStatus } from "../../aws/sdk-error.ts";
import { EvidenceStoreError, type EvidenceStoreErrorCode } from "../../domain/errors.ts";

/** An error of S3 or the SDK as the program's own; `what` says what failed, with the object or the location. */
export function s3Error(error: unknown, what: string): EvidenceStoreError {
  if (error instanceof EvidenceStoreError) return error;
  const name = sdkErrorName(error);
  const [code, advice] = explain(error, name, sdkErrorStatus(error));
  const reason = name === "Error" ? codeOf(error) : name;
  return new EvidenceStoreError(code, `${what} (${reason}); ${advice}.`, { cause: error });
}

/** The code of a system error, `ECONNREFUSED`; when the SDK wraps the error, the code is in its message. */
function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) return String(error.code);
  return /\bE[A-Z]{4,}\b/.exec(String(error))?.[0] ?? "no answer";
}

function explain(error: unknown, name: string, status: number | null): readonly [EvidenceStoreErrorCode, string] {
  if (name === "CredentialsProviderError")
    return [
      "forbidden",
      "there are no usable AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ];
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
      "allow s3:PutObject, s3:GetObject and s3:ListBucket on it; without s3:ListBucket, S3 also answers 403 for objects that do not exist",
    ];
  if (status === 404) return ["not_found", "check the bucket's name"];
  return ["unreachable", "check the network, AWS_REGION and the state of S3, and try again"];
}
