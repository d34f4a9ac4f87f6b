import { type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { sdkErrorName } from "../../aws/sdk-error.ts";
import { EvidenceStoreError, type EvidenceStoreErrorCode } from "../../domain/errors.ts";
import type { ManifestSigner } from "./port.ts";

/**
 * Signs with an asymmetric key of AWS KMS (ECC_NIST_P256, SIGN_VERIFY). A signature is ECDSA over SHA-256 in DER (https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html).
 */
export function kmsManifestSigner(client: KMSClient, keyId: string): ManifestSigner {
  return {
    async sign(digest) {
      const signature = await signatureOf(client, keyId, digest);
      if (signature === undefined || signature.length === 0)
        throw new EvidenceStoreError("unreachable", `The KMS key ${keyId} answered without a signature; try again.`);
      return signature;
    },
  };
}

async function signatureOf(client: KMSClient, keyId: string, digest: Uint8Array): Promise<Uint8Array | undefined> {
  const command = new SignCommand({
    KeyId: keyId,
    Message: digest,
    MessageType: "DIGEST",
    SigningAlgorithm: "ECDSA_SHA_256",
  });
  try {
    return (await client.send(command)).Signature;
  } catch (cause) {
    const name = sdkErrorName(cause);
    const [code, advice] = explain(name);
    throw new EvidenceStoreError(code, `The KMS key ${keyId} did not sign the manifest (${name}); ${advice}.`, {
      cause,
    });
  }
}

function explain(name: string): readonly [EvidenceStoreErrorCode, string] {
  switch (name) {
    case "AccessDeniedException":
      return ["forbidden", "allow kms:Sign on it"];
    case "NotFoundException":
    case "InvalidArnException":
      return ["not_found", "check its ID or ARN, and the region"];
    case "InvalidKeyUsageException":
    case "ValidationException":
      return ["invalid_location", "it must be an ECC_NIST_P256 key for SIGN_VERIFY"];
    case "DisabledException":
    case "KMSInvalidStateException":
      return ["forbidden", "enable it, or cancel its deletion"];
    default:
      return ["unreachable", "check the credentials, the network and the state of KMS, and try again"];
  }
}
