import { folderEvidenceStore } from "./folder.ts";
import type { EvidenceStore } from "./port.ts";

/**
 * The evidence store at `s3://bucket` or `s3://bucket/prefix`, or in a folder, which is created by the first write. Throws
 * `EvidenceStoreError` (`forbidden`) without AWS credentials.
 */
export async function openStore(location: string): Promise<EvidenceStore> {
  if (!location.startsWith("s3://")) return folderEvidenceStore(location);
  // With a folder, the AWS SDK is not loaded.
  const [{ S3Client }, { AWS_CLIENT_CONFIG }, { s3EvidenceStore }, { s3Error }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("../../aws/client.ts"),
    import("./s3.ts"),
    import("./s3-error.ts"),
  ]);
  // A custom endpoint has no host name for each bucket.
  const forcePathStyle = Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3);
  const client = new S3Client({ ...AWS_CLIENT_CONFIG, forcePathStyle });
  // Without credentials, the SDK may complain about the region first.
  await client.config.credentials().catch((error: unknown) => {
    throw s3Error(error, `${location} cannot be opened`);
  });
  return s3EvidenceStore(client, location.slice("s3://".length));
}
