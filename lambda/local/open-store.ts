import { S3Client } from "@aws-sdk/client-s3";
import { AWS_CLIENT_CONFIG } from "../edges/aws-client.ts";
import { s3EvidenceStore } from "../edges/s3-evidence-store.ts";
import type { EvidenceStore } from "../ports.ts";
import { folderEvidenceStore } from "./folder-evidence-store.ts";

/** The evidence store at `s3://bucket`, or in a folder, which is made when something is written. */
export function openStore(location: string): EvidenceStore {
  if (!location.startsWith("s3://")) return folderEvidenceStore(location);
  // An endpoint of one's own has no name of its own for each bucket.
  const forcePathStyle = Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3);
  return s3EvidenceStore(new S3Client({ ...AWS_CLIENT_CONFIG, forcePathStyle }), location.slice("s3://".length));
}
