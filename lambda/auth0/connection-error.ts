/** Node.js codes for a certificate of an authority that it does not know (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const UNKNOWN_AUTHORITY = [
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "INVALID_CA",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];
const TRUST =
  "Node.js does not trust the authority of the certificate, for example of a proxy that inspects TLS; set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of that authority";
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "there is no such host; check the domain"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "the certificate is for another host; check the domain"],
  ...UNKNOWN_AUTHORITY.map((code) => [code, TRUST] as const),
]);
const UNREACHED = ["EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT"];

/**
 * Why a connection failed. `wrong_host`: the host or its certificate is not the expected one, and another attempt will not
 * help. `unreached`: there was no connection. `broken`: a connection broke, or the reason is unknown.
 */
export interface ConnectionProblem {
  readonly kind: "wrong_host" | "unreached" | "broken";
  /** The code and, where it helps, what to do. Without a period. */
  readonly text: string;
}

/** Describes what `fetch` threw, by its code alone: its message may quote what was sent. */
export function connectionProblem(error: unknown): ConnectionProblem {
  const code = codeIn(error);
  if (code === null) return { kind: "broken", text: "no reason given" };
  const advice = ADVICE.get(code);
  if (advice !== undefined) return { kind: "wrong_host", text: `${code}: ${advice}` };
  return { kind: UNREACHED.includes(code) ? "unreached" : "broken", text: code };
}

function codeIn(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; typeof at === "object" && at !== null && depth < 5; depth += 1) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(at.code)) return at.code;
    at = "cause" in at ? at.cause : null;
  }
  return null;
}
