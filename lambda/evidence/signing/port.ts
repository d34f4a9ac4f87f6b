/** Signs the digests of manifests, so that the public key alone proves who wrote them. */
export interface ManifestSigner {
  /** The signature of a SHA-256 digest of 32 bytes. Throws `EvidenceStoreError`. */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}
