import { EvidenceError, type EvidenceErrorCode } from "../../domain/errors.ts";
import type { ObjectKey, RunId, Sha256, Tenant, Timestamp } from "../../domain/identifiers.ts";
import { type InstantRange, isRunIn, runInstant } from "../../domain/time.ts";
import { collect } from "../../streams/collect.ts";
import { inOrder } from "../../streams/in-order.ts";
import {
  manifestOfSignature,
  manifestsPrefix,
  parseManifestKey,
  signatureKey,
  signaturesPrefix,
} from "../format/keys.ts";
import { FILE_ROLES, type Manifest, type ManifestReference } from "../format/manifest.ts";
import { readManifest, type StoredManifest } from "../store/manifests.ts";
import { fetchParts } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";
import { type ChainLink, checkChain } from "./chain.ts";
import { LineCheck } from "./lines.ts";
import { PartsListing, type Unaccounted } from "./parts-listing.ts";
import { NamedPolicies } from "./policies.ts";
import { altered, type Problem, problemOf, unknownObject } from "./problem.ts";

const READ_AHEAD_MANIFESTS = 8;
/** A signature takes a few hundred bytes. */
const MOST_SIGNATURE_BYTES = 64 * 1024;
/** Leftover parts that are listed by their keys; more are counted. */
const MOST_LISTED_PARTS = 1_000;
/** A run whose name is further than this from its start was given that name with --scheduled-time. */
const DAY_MS = 86_400_000;

export interface VerifyRequest {
  readonly tenant: Tenant;
  /** The runs whose files are read and whose problems are reported. Every manifest of the chain is read. */
  readonly range: InstantRange;
  /** Whether a signature matches these bytes; null when signatures are not checked. */
  readonly isSignature: ((bytes: Uint8Array, signature: Uint8Array) => boolean) | null;
  /** Hashes of manifests that were noted elsewhere: the chain must still have them. */
  readonly anchors: readonly Sha256[];
  /** The end of the chain as the last run noted it in its state; null when there is no note. */
  readonly notedHead: ManifestReference | null;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly onProblem: (problem: Problem) => void;
}

/** What was verified, and the result. Bytes are of uncompressed content. */
export interface Verification {
  readonly tenant: Tenant;
  readonly runs: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly problems: number;
  /** The end of the chain. Its hash, noted elsewhere, later proves that nothing up to it was rewritten. */
  readonly head: ManifestReference | null;
  /** The runs that the anchors belong to. */
  readonly anchored: readonly ManifestReference[];
  /** Runs that were given a name of another day than the one on which they started. */
  readonly givenTimes: readonly { readonly runId: RunId; readonly startedAt: Timestamp }[];
  /** Parts and policies that no manifest names: left by interrupted runs, or of a run whose manifest was removed. */
  readonly unnamedParts: number;
  /** The first of them. */
  readonly unnamed: readonly ObjectKey[];
}

/**
 * Verifies a tenant's chain of manifests and every byte that they vouch for, and names every other object under the
 * tenant's prefixes, except reports and state. Problems are reported as they are made. Memory grows by a few words for each
 * run only. Throws `EvidenceStoreError`.
 */
export async function verifyTenant(store: EvidenceReader, request: VerifyRequest): Promise<Verification> {
  const { nowMs, notedHead, range, tenant } = request;
  const verifier = new Verifier(store, request);
  const keys = verifier.manifestKeys(store.list(manifestsPrefix(tenant)));
  for await (const stored of inOrder(keys, (key) => readManifest(store, key), READ_AHEAD_MANIFESTS))
    if (stored !== null) await verifier.addManifest(stored);
  const { problems, head } = checkChain(verifier.links, notedHead, nowMs);
  for (const problem of problems) if (problem.runId === null || isRunIn(problem.runId, range)) verifier.find(problem);
  const anchored = verifier.findAnchors();
  await verifier.checkOtherObjects();
  const { counts, givenTimes, unnamed } = verifier;
  return { ...counts, tenant, head, anchored, givenTimes, unnamed };
}

class Verifier {
  readonly links: ChainLink[] = [];
  readonly counts = { runs: 0, files: 0, rows: 0, bytes: 0, problems: 0, unnamedParts: 0 };
  readonly givenTimes: Verification["givenTimes"][number][] = [];
  readonly unnamed: ObjectKey[] = [];
  readonly #parts: readonly PartsListing[];
  readonly #policies: NamedPolicies;
  readonly #store: EvidenceReader;
  readonly #request: VerifyRequest;

  constructor(store: EvidenceReader, request: VerifyRequest) {
    this.#store = store;
    this.#request = request;
    this.#parts = FILE_ROLES.map((role) => new PartsListing(store, role, request.tenant));
    this.#policies = new NamedPolicies(store);
  }

  find(problem: Problem): void {
    this.counts.problems += 1;
    this.#request.onProblem(problem);
  }

  async *manifestKeys(keys: AsyncIterable<ObjectKey>): AsyncGenerator<ObjectKey> {
    for await (const key of keys)
      if (parseManifestKey(key) === null) this.find(unknownObject(key, "this program writes no such object"));
      else yield key;
  }

  async addManifest(stored: StoredManifest): Promise<void> {
    const { manifest, reference } = stored;
    const { key, runId } = reference;
    const isAsked = isRunIn(runId, this.#request.range);
    if (manifest instanceof EvidenceError) {
      const problem = problemOf(manifest, key, runId);
      this.links.push({ reference, says: null, isAltered: problem.verdict === "altered" });
      if (isAsked) this.find(problem);
    } else {
      const { baseline, completedAt, kind, previous, startedAt, updates } = manifest;
      this.links.push({
        reference,
        says: { previous, baseline, startedAt, completedAt, kind, updates },
        isAltered: false,
      });
      if (isAsked && Math.abs(runInstant(runId) - Date.parse(startedAt)) > DAY_MS)
        this.givenTimes.push({ runId, startedAt });
      this.#policies.add(manifest);
      if (isAsked) await this.#checkPolicy(manifest);
      if (isAsked) await this.#checkFiles(manifest);
    }
    for (const listing of this.#parts)
      await this.#checkUnaccounted(listing.upTo(runId, manifest instanceof EvidenceError ? null : manifest));
    if (!isAsked) return;
    this.counts.runs += 1;
    await this.#checkSignature(stored);
  }

  findAnchors(): readonly ManifestReference[] {
    const { anchors, tenant } = this.#request;
    return anchors.flatMap((anchor) => {
      const found = this.links.find(({ reference }) => reference.sha256 === anchor);
      if (found !== undefined) return [found.reference];
      const message = `No manifest of ${tenant} has the noted hash ${anchor}: it was rewritten or removed.`;
      this.find({ verdict: "missing", key: null, runId: null, message });
      return [];
    });
  }

  /** What is stored after the last run's parts, and under the other prefixes. */
  async checkOtherObjects(): Promise<void> {
    const { tenant } = this.#request;
    for (const listing of this.#parts) await this.#checkUnaccounted(listing.rest());
    for await (const { key, isLeftover } of this.#policies.others(tenant))
      if (isLeftover) this.#addUnnamed(key);
      else this.find(unknownObject(key, "no manifest names it, and it is no policy that a run stored"));
    const manifests = new Set(this.links.map(({ reference }) => reference.key));
    for await (const key of this.#store.list(signaturesPrefix(tenant))) {
      const signed = manifestOfSignature(key);
      if (signed === null) this.find(unknownObject(key, "this program writes no such object"));
      else if (!manifests.has(signed))
        this.find(unknownObject(key, "it is the signature of a manifest that does not exist"));
    }
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
        this.find(problemOf(error, file.key, manifest.runId));
      }
    }
    // The counts of an altered file do not match either; that is not another problem.
    if (codes.length === 0) this.#attempt(manifest, () => lines.end());
  }

  async #checkUnaccounted(objects: AsyncIterable<Unaccounted>): Promise<void> {
    for await (const { key, kind, runId } of objects) {
      if (runId !== null && !isRunIn(runId, this.#request.range)) continue;
      if (kind === "unknown")
        this.find(unknownObject(key, "no manifest names it, and no attempt of a run writes such an object", runId));
      else this.#addUnnamed(key);
    }
  }

  #addUnnamed(key: ObjectKey): void {
    this.counts.unnamedParts += 1;
    if (this.unnamed.length < MOST_LISTED_PARTS) this.unnamed.push(key);
  }

  async #checkPolicy(manifest: Manifest): Promise<void> {
    try {
      await this.#policies.check(manifest);
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      this.find(problemOf(error, manifest.policy?.key ?? manifest.key, manifest.runId));
    }
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
      this.find(problemOf(error, key, runId));
    }
  }
}
