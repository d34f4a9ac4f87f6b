import { constants, type KeyObject, verify } from "node:crypto";

/** The kinds of public keys that a manifest's signature is checked with. */
export const SIGNATURE_KEY_TYPES = ["ec", "rsa"] as const;

/**
 * Checks detached signatures of manifests: ECDSA over SHA-256 in DER, as AWS KMS (`ECDSA_SHA_256`) and OpenSSL write it,
 * or RSA over SHA-256, PKCS #1 v1.5 or PSS. `key` is of one of `SIGNATURE_KEY_TYPES`.
 */
export function signatureCheck(key: KeyObject): (bytes: Uint8Array, signature: Uint8Array) => boolean {
  if (key.asymmetricKeyType === "ec") return (bytes, signature) => verify("sha256", bytes, key, signature);
  const paddings = [
    { key, padding: constants.RSA_PKCS1_PADDING },
    { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO },
  ];
  return (bytes, signature) => paddings.some((padded) => verify("sha256", bytes, padded, signature));
}
