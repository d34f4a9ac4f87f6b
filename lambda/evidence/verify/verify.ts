import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, RunId, Sha256, Tenant } from "../../domain/identifiers.ts";
import { type InstantRange, isRunIn } from "../../domain/time.ts";
import { readAhead } from "../../streams/read-ahead.ts";
import { manifestsPrefix, parseManifestKey, parsePartKey, partsPrefix, signatureKey } from "../format/keys.ts";
import type { EvidenceFile, Manifest, ManifestReference } from "../format/manifest.ts";
import { soundManifest } from "../query/runs.ts";
import { checkedLines, fetchParts } from "../store/checked-part.ts";
import { collect, sha256 } from "../store/parts.ts";
import type { EvidenceReader } from "../store/port.ts";
import { type ChainLink, checkChain } from "./chain.ts";
import { altered, type Finding, findingOf } from "./finding.ts";
import { LineCheck } from "./lines.ts";

const READ_AHEAD_MANIFESTS = 8;

export interface VerifyRequest {
  readonly tenant: Tenant;
  /** The runs whose files are read and whose findings are told; every manifest of the chain is read all the same. */
  readonly range: InstantRange;
  /** Whether a signature is one of these bytes; null when nobody asks for signatures. */
  readonly isSignature: ((bytes: Uint8Array, signature: Uint8Array) => boolean) | null;
  /** Hashes of manifests that somebody noted elsewhere: the chain must still hold them. */
  readonly anchors: readonly Sha256[];
  /** The end of the chain as the last run noted it in its state; null when nothing is noted. */
  readonly notedHead: ManifestReference | null;
  readonly onFinding: (finding: Finding) => void;
}

/** What was looked at, and what came of it. Bytes are of uncompressed content. */
export interface Verification {
  readonly tenant: Tenant;
  readonly runs: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly findings: number;
  /** The chain's end: whoever notes its hash elsewhere can tell later that nothing up to it was rewritten. */
  readonly head: ManifestReference | null;
  /** Parts that no manifest names: what interrupted runs left, or a run whose manifest was taken away. */
  readonly unnamedParts: number;
}

/**
 * Walks a tenant's chain of manifests, and holds every stored byte against what vouches for it. Findings are told as they
 * are made. Memory does not grow with the evidence, but for a few words a run. Throws `EvidenceStoreError`.
 */
export async function verifyTenant(store: EvidenceReader, request: VerifyRequest): Promise<Verification> {
  const { anchors, range, tenant } = request;
  const verifier = new Verifier(store, request);
  const keys = store.list(manifestsPrefix(tenant));
  const stored = readAhead(keys, READ_AHEAD_MANIFESTS, async (key) => ({ key, object: await read(store, key) }));
  for await (const { key, object } of stored) {
    const runId = parseManifestKey(key)?.runId;
    if (runId !== undefined && object !== null) await verifier.addManifest(key, runId, object);
  }
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

async function read(store: EvidenceReader, key: ObjectKey): Promise<Uint8Array | null> {
  const object = await store.read(key);
  return object === null ? null : collect(object.body);
}

/** Part numbers `from` until, and without, `to`: parts follow each other without a gap. */
interface PartRange {
  readonly from: number;
  readonly to: number;
}

class Verifier {
  readonly links: ChainLink[] = [];
  readonly counts = { runs: 0, files: 0, rows: 0, bytes: 0, findings: 0 };
  /** The parts of each role that a run's manifest names; null where it cannot tell. */
  readonly #parts = new Map<RunId, Readonly<Record<EvidenceFile["role"], PartRange>> | null>();
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

  async addManifest(key: ObjectKey, runId: RunId, bytes: Uint8Array): Promise<void> {
    const isAsked = isRunIn(runId, this.#request.range);
    const reference = { runId, key, sha256: sha256(bytes) };
    const manifest = sound(bytes, key);
    if (manifest instanceof EvidenceError) {
      const finding = findingOf(manifest, key, runId);
      this.links.push({ reference, says: null, isAltered: finding.verdict === "altered" });
      this.#parts.set(runId, null);
      if (isAsked) this.find(finding);
    } else {
      const { baseline, completedAt, files, previous } = manifest;
      this.links.push({ reference, says: { previous, baseline, completedAt }, isAltered: false });
      this.#parts.set(runId, { snapshot: partsOf(files, "snapshot"), changes: partsOf(files, "changes") });
      if (isAsked) await this.#checkFiles(manifest);
    }
    if (!isAsked) return;
    this.counts.runs += 1;
    await this.#checkSignature(reference, bytes);
  }

  async #checkFiles(manifest: Manifest): Promise<void> {
    const lines = new LineCheck(manifest);
    let isSound = true;
    for await (const part of fetchParts(this.#store, manifest.files)) {
      const { file } = part;
      this.counts.files += 1;
      try {
        let row = 0;
        for await (const some of checkedLines(part)) for (const line of some) lines.add(line, file, ++row);
        lines.endFile(file, row);
        this.counts.rows += file.rows;
        this.counts.bytes += file.bytes;
      } catch (error) {
        if (!(error instanceof EvidenceError)) throw error;
        isSound = false;
        this.find(findingOf(error, file.key, manifest.runId));
      }
    }
    // Where a file is not what it was, its counts are not either.
    if (isSound) this.#attempt(manifest, () => lines.end());
  }

  async #checkSignature({ key, runId }: ManifestReference, bytes: Uint8Array): Promise<void> {
    const { isSignature } = this.#request;
    if (isSignature === null) return;
    const signed = signatureKey(key);
    const signature = await read(this.#store, signed);
    this.#attempt({ key: signed, runId }, () => {
      if (signature === null) throw new EvidenceError("missing", `${signed}: the signature is not there.`);
      if (!isSignature(bytes, signature)) altered(signed, "it is no signature of its manifest by this key");
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
    for (const role of ["snapshot", "changes"] as const)
      for await (const key of this.#store.list(partsPrefix(role, tenant))) {
        const named = parsePartKey(key);
        if (named === null || !isRunIn(named.runId, range)) continue;
        const parts = this.#parts.get(named.runId);
        if (parts === null) continue;
        if (parts === undefined || named.part < parts[role].from || named.part >= parts[role].to) unnamed += 1;
      }
    return unnamed;
  }
}

function sound(bytes: Uint8Array, key: ObjectKey): Manifest | EvidenceError {
  try {
    return soundManifest(bytes, key);
  } catch (error) {
    if (error instanceof EvidenceError) return error;
    throw error;
  }
}

function partsOf(files: readonly EvidenceFile[], role: EvidenceFile["role"]): PartRange {
  const numbers = files.filter((file) => file.role === role).map(({ key }) => parsePartKey(key)?.part ?? 0);
  // A loop, for there may be more of them than a call takes arguments.
  let range: PartRange = { from: numbers[0] ?? 0, to: 0 };
  for (const number of numbers) range = { from: Math.min(range.from, number), to: Math.max(range.to, number + 1) };
  return range;
}
