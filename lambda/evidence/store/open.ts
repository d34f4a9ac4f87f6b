import { folderEvidenceStore } from "./folder.ts";
import type { EvidenceStore } from "./port.ts";

/** The evidence store at `s3://bucket`, or in a folder, which is made when something is written. */
export async function openStore(location: string): Promise<EvidenceStore> {
  if (!location.startsWith("s3://")) return folderEvidenceStore(location);
  // Whoever works on a folder need not wait for the AWS SDK, nor hold it in memory.
  const [{ S3Client }, { AWS_CLIENT_CONFIG }, { s3EvidenceStore }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("../../aws/client.ts"),
    import("./s3.ts"),
  ]);
  // An endpoint of one's own has no name of its own for each bucket.
  const forcePathStyle = Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3);
  return s3EvidenceStore(new S3Client({ ...AWS_CLIENT_CONFIG, forcePathStyle }), location.slice("s3://".length));
}
