import { folderEvidenceStore } from "./folder.ts";
import type { EvidenceStore } from "./port.ts";

/** The evidence store at `s3://bucket`, or in a folder, which is created by the first write. */
export async function openStore(location: string): Promise<EvidenceStore> {
  if (!location.startsWith("s3://")) return folderEvidenceStore(location);
  // With a folder, the AWS SDK is not loaded.
  const [{ S3Client }, { AWS_CLIENT_CONFIG }, { s3EvidenceStore }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("../../aws/client.ts"),
    import("./s3.ts"),
  ]);
  // A custom endpoint has no host name for each bucket.
  const forcePathStyle = Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3);
  return s3EvidenceStore(new S3Client({ ...AWS_CLIENT_CONFIG, forcePathStyle }), location.slice("s3://".length));
}
