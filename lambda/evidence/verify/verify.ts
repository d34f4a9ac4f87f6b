import { EvidenceError, type EvidenceErrorCode } from "../../domain/errors.ts";
import type { RunId, Sha256, Tenant } from "../../domain/identifiers.ts";
import { type InstantRange, isRunIn } from "../../domain/time.ts";
import { collect } from "../../streams/collect.ts";
import { inOrder } from "../../streams/in-order.ts";
import { manifestsPrefix, parsePartKey, partsPrefix, signatureKey } from "../format/keys.ts";
import { FILE_ROLES, type Manifest, type ManifestReference } from "../format/manifest.ts";
import { readManifest, type StoredManifest } from "../store/manifests.ts";
import { fetchParts } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";
import { type ChainLink, checkChain } from "./chain.ts";
import { altered, type Finding, findingOf } from "./finding.ts";
import { LineCheck } from "./lines.ts";

const READ_AHEAD_MANIFESTS = 8;
/** A signature takes a few hundred bytes. */
const MOST_SIGNATURE_BYTES = 64 * 1024;

export interface VerifyRequest {
  readonly tenant: Tenant;
  /** The runs whose files are read and whose findings are reported. Every manifest of the chain is read. */
  readonly range: InstantRange;
  /** Whether a signature matches these bytes; null when signatures are not checked. */
  readonly isSignature: ((bytes: Uint8Array, signature: Uint8Array) => boolean) | null;
  /** Hashes of manifests that were noted elsewhere: the chain must still have them. */
  readonly anchors: readonly Sha256[];
  /** The end of the chain as the last run noted it in its state; null when there is no note. */
  readonly notedHead: ManifestReference | null;
  readonly onFinding: (finding: Finding) => void;
}

/** What was verified, and the result. Bytes are of uncompressed content. */
export interface Verification {
  readonly tenant: Tenant;
  readonly runs: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly findings: number;
  /** The end of the chain. Its hash, noted elsewhere, later proves that nothing up to it was rewritten. */
  readonly head: ManifestReference | null;
  /** Parts that no manifest names: left by interrupted runs, or of a run whose manifest was removed. */
  readonly unnamedParts: number;
}

/**
 * Verifies a tenant's chain of manifests and every byte that they vouch for. Findings are reported as they are made. Memory
 * grows by a few words for each run only. Throws `EvidenceStoreError`.
 */
export async function verifyTenant(store: EvidenceReader, request: VerifyRequest): Promise<Verification> {
  const { anchors, range, tenant } = request;
  const verifier = new Verifier(store, request);
  const keys = store.list(manifestsPrefix(tenant));
  for await (const stored of inOrder(keys, (key) => readManifest(store, key), READ_AHEAD_MANIFESTS))
    if (stored !== null) await verifier.addManifest(stored);
  const { findings, head } = checkChain(verifier.links, request.notedHead);
  for (const finding of findings) if (finding.runId === null || isRunIn(finding.runId, range)) verifier.find(finding);
  for (const anchor of anchors)
    if (!verifier.links.some(({ reference }) => reference.sha256 === anchor))
      verifier.find({
        verdict: "missing",
        key: null,
        runId: null,
        message: `No manifest of ${tenant} has the noted hash ${anchor}: it was rewritten or removed.`,
      });
  return { ...verifier.counts, tenant, head, unnamedParts: await verifier.unnamedParts() };
}

class Verifier {
  readonly links: ChainLink[] = [];
  readonly counts = { runs: 0, files: 0, rows: 0, bytes: 0, findings: 0 };
  /** How many parts that a run's manifest names exist; null when the manifest is not valid. */
  readonly #existingParts = new Map<RunId, number | null>();
  readonly #store: EvidenceReader;
  readonly #request: VerifyRequest;

  constructor(store: EvidenceReader, request: VerifyRequest) {
    this.#store = store;
    this.#request = request;
  }

  find(finding: Finding): void {
    this.counts.findings += 1;
    this.#request.onFinding(finding);
  }

  async addManifest(stored: StoredManifest): Promise<void> {
    const { manifest, reference } = stored;
    const { key, runId } = reference;
    const isAsked = isRunIn(runId, this.#request.range);
    if (manifest instanceof EvidenceError) {
      const finding = findingOf(manifest, key, runId);
      this.links.push({ reference, says: null, isAltered: finding.verdict === "altered" });
      this.#existingParts.set(runId, null);
      if (isAsked) this.find(finding);
    } else {
      const { baseline, completedAt, previous } = manifest;
      this.links.push({ reference, says: { previous, baseline, completedAt }, isAltered: false });
      if (isAsked) await this.#checkFiles(manifest);
    }
    if (!isAsked) return;
    this.counts.runs += 1;
    await this.#checkSignature(stored);
  }

  async #checkFiles(manifest: Manifest): Promise<void> {
    const lines = new LineCheck(manifest);
    const codes: EvidenceErrorCode[] = [];
    for await (const part of fetchParts(this.#store, manifest.files)) {
      const { file } = part;
      this.counts.files += 1;
      try {
        let row = 0;
        for await (const some of part.lines) for (const line of some) lines.add(line, file, ++row);
        lines.endFile(file, row);
        this.counts.rows += file.rows;
        this.counts.bytes += file.bytes;
      } catch (error) {
        if (!(error instanceof EvidenceError)) throw error;
        codes.push(error.code);
        this.find(findingOf(error, file.key, manifest.runId));
      }
    }
    const missing = codes.filter((code) => code === "missing").length;
    this.#existingParts.set(manifest.runId, manifest.files.length - missing);
    // The counts of an altered file do not match either; that is not another finding.
    if (codes.length === 0) this.#attempt(manifest, () => lines.end());
  }

  async #checkSignature({ bytes, reference: { key, runId } }: StoredManifest): Promise<void> {
    const { isSignature } = this.#request;
    if (isSignature === null) return;
    const signed = signatureKey(key);
    const object = await this.#store.read(signed);
    const signature = object && (await collect(object.body, MOST_SIGNATURE_BYTES));
    this.#attempt({ key: signed, runId }, () => {
      if (signature === null) throw new EvidenceError("missing", `${signed}: the signature is not in the store.`);
      if (!isSignature(bytes, signature)) altered(signed, "it is not a signature of its manifest by this key");
    });
  }

  #attempt({ key, runId }: Pick<Manifest, "key" | "runId">, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      this.find(findingOf(error, key, runId));
    }
  }

  async unnamedParts(): Promise<number> {
    const { range, tenant } = this.#request;
    let unnamed = 0;
    for (const role of FILE_ROLES)
      for await (const key of this.#store.list(partsPrefix(role, tenant))) {
        const runId = parsePartKey(key)?.runId;
        if (runId !== undefined && isRunIn(runId, range) && this.#existingParts.get(runId) !== null) unnamed += 1;
      }
    // The parts that manifests name are among the listed ones.
    for (const existing of this.#existingParts.values()) unnamed -= existing ?? 0;
    return unnamed;
  }
}
