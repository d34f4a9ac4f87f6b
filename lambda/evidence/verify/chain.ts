import type { ObjectKey, RunId } from "../../domain/identifiers.ts";
import type { Manifest, ManifestReference } from "../format/manifest.ts";
import type { Finding } from "./finding.ts";

/** One manifest as a link of the chain. */
export interface ChainLink {
  readonly reference: ManifestReference;
  /** What the manifest says; null when it is not valid. */
  readonly says: Pick<Manifest, "previous" | "baseline" | "completedAt"> | null;
  /** Whether the manifest was reported as altered already. */
  readonly isAltered: boolean;
}

export interface ChainResult {
  readonly findings: readonly Finding[];
  /** The end of the chain: the manifest that no later one names. Null when there is none. */
  readonly head: ManifestReference | null;
}

/**
 * Compares every link with the hash that later links record of it, and checks that the chain has one beginning and one end.
 * `links` ascend by key. `noted` is the end that the last run noted in its state, null when there is no note.
 */
export function checkChain(links: readonly ChainLink[], noted: ManifestReference | null): ChainResult {
  const chain = new Chain(links);
  chain.followLinks();
  if (noted !== null) chain.accept(noted, "the last run noted it as the end of the chain");
  chain.findBeginnings();
  return { head: chain.findEnds(), findings: chain.findings };
}

class Chain {
  readonly findings: Finding[] = [];
  readonly #links: readonly ChainLink[];
  readonly #stored: ReadonlyMap<ObjectKey, ChainLink>;
  readonly #named = new Set<ObjectKey>();
  readonly #accused: Set<ObjectKey>;

  constructor(links: readonly ChainLink[]) {
    this.#accused = new Set(links.filter(({ isAltered }) => isAltered).map(({ reference }) => reference.key));
    this.#links = links;
    this.#stored = new Map(links.map((link) => [link.reference.key, link]));
  }

  /** Newest first, because what an altered manifest says does not count. */
  followLinks(): void {
    for (const { reference, says } of this.#links.toReversed()) {
      if (says === null || this.#accused.has(reference.key)) {
        this.#excuseBefore(reference.key, says?.previous?.key);
        continue;
      }
      const { baseline, previous } = says;
      if (previous !== null) {
        this.#named.add(previous.key);
        this.accept(previous, `${reference.runId} names it as the manifest before its own`);
      }
      if (baseline !== null && baseline.key !== previous?.key)
        this.accept(baseline, `${reference.runId} was compared with it`);
      else if (baseline !== null && baseline.sha256 !== previous?.sha256)
        this.#accuse(reference, `${reference.key}: it names two hashes of one manifest.`);
    }
  }

  /** Compares a stored manifest with a hash that was recorded of it. */
  accept(expected: ManifestReference, how: string): void {
    const stored = this.#stored.get(expected.key);
    if (stored === undefined) this.#miss(expected, `${expected.key}: it is missing, although ${how}.`);
    else if (stored.reference.sha256 !== expected.sha256)
      this.#accuse(
        stored.reference,
        `${expected.key}: hash mismatch: expected ${expected.sha256} (${how}), found ${stored.reference.sha256}.`,
      );
  }

  findBeginnings(): void {
    const [, ...others] = this.#links.filter(({ says }) => says !== null && says.previous === null);
    for (const { reference } of others)
      this.#find("gap", reference, `${reference.key}: it names no manifest before it, but it is not the first one.`);
  }

  findEnds(): ManifestReference | null {
    const ends = this.#links.filter(({ reference }) => !this.#named.has(reference.key));
    const head = ends.reduce<ChainLink | null>((last, link) => (isLater(link, last) ? link : last), null);
    for (const { reference } of ends)
      if (reference !== head?.reference)
        this.#find("gap", reference, `${reference.key}: no later manifest names it, but it is not the last one.`);
    return head?.reference ?? null;
  }

  /** The manifest that an invalid one names is not named by any other; that is not another finding. */
  #excuseBefore(key: ObjectKey, claimed: ObjectKey | undefined): void {
    const before = this.#links.findLast(({ reference }) => reference.key < key)?.reference.key;
    const excused = claimed !== undefined && this.#stored.has(claimed) ? claimed : before;
    if (excused !== undefined) this.#named.add(excused);
  }

  #miss(expected: ManifestReference, message: string): void {
    if (this.#accused.has(expected.key)) return;
    this.#accused.add(expected.key);
    this.#find("missing", expected, message);
    this.#excuseBefore(expected.key, undefined);
  }

  #accuse(reference: ManifestReference, message: string): void {
    if (this.#accused.has(reference.key)) return;
    this.#accused.add(reference.key);
    this.#find("altered", reference, message);
  }

  #find(verdict: Finding["verdict"], { key, runId }: { key: ObjectKey; runId: RunId }, message: string): void {
    this.findings.push({ verdict, key, runId, message });
  }
}

function isLater(link: ChainLink, last: ChainLink | null): boolean {
  if (last === null) return true;
  // The time of an invalid manifest is not known.
  if (link.says === null || last.says === null) return link.reference.key >= last.reference.key;
  return link.says.completedAt >= last.says.completedAt;
}
