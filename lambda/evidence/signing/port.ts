/** Signs the digests of manifests, so that whoever has the public key alone can tell that they are ours. */
export interface ManifestSigner {
  /** The signature of a SHA-256 digest of 32 bytes. Throws `EvidenceStoreError`: a manifest without it is half stored. */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}
