import { sdkErrorName } from "../../aws/sdk-error.ts";
import { TokenError } from "../../domain/errors.ts";

/**
 * A failure of Secrets Manager as a `TokenError`: nothing of it but its name, for an answer that cannot be parsed is
 * quoted in its message, secret and all.
 */
export function secretsError(error: unknown, what: string): TokenError {
  const name = sdkErrorName(error);
  return new TokenError("unavailable", `${what} (${name}); ${adviceFor(name)}.`);
}

function adviceFor(name: string): string {
  switch (name) {
    case "AccessDeniedException":
      return "deploy the stack again: the rotation function's role lacks a permission";
    case "ResourceNotFoundException":
    case "InvalidRequestException":
      return "it is gone or about to be deleted; restore it or deploy the stack again";
    default:
      return "it is tried again by itself; check the network and the state of Secrets Manager";
  }
}
