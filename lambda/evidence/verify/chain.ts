import type { ObjectKey, RunId } from "../../domain/identifiers.ts";
import type { Manifest, ManifestReference } from "../format/manifest.ts";
import type { Finding } from "./finding.ts";

/** One manifest as a link of the chain. */
export interface ChainLink {
  readonly reference: ManifestReference;
  /** What it names, and when it was written; null when that cannot be believed. */
  readonly says: Pick<Manifest, "previous" | "baseline" | "completedAt"> | null;
  /** Whether it is known already not to be what was written: it is not accused again. */
  readonly isAltered: boolean;
}

/** What a chain of manifests comes to. */
export interface ChainResult {
  readonly findings: readonly Finding[];
  /** The manifest that ends the chain: no later one vouches for it. Null when there is none. */
  readonly head: ManifestReference | null;
}

/**
 * Holds every link against the hash that later links recorded of it, and looks for one beginning and one end. `links`
 * ascend by key. `noted` is the end that the last run noted beside the evidence, where that note is still there.
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

  /** Newest first: what an altered manifest says is held against nobody. */
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

  /** Holds what is stored against a hash that was recorded of it. */
  accept(expected: ManifestReference, how: string): void {
    const stored = this.#stored.get(expected.key);
    if (stored === undefined) this.#miss(expected, `${expected.key}: it is not there, and ${how}.`);
    else if (stored.reference.sha256 !== expected.sha256)
      this.#accuse(stored.reference, `${expected.key}: it is not what it was when ${how}: its hash is another one.`);
  }

  findBeginnings(): void {
    const [, ...others] = this.#links.filter(({ says }) => says !== null && says.previous === null);
    for (const { reference } of others)
      this.#find("gap", reference, `${reference.key}: the chain starts a second time here; it names none before it.`);
  }

  findEnds(): ManifestReference | null {
    const ends = this.#links.filter(({ reference }) => !this.#named.has(reference.key));
    const head = ends.reduce<ChainLink | null>((last, link) => (isLater(link, last) ? link : last), null);
    for (const { reference } of ends)
      if (reference !== head?.reference)
        this.#find("gap", reference, `${reference.key}: no later manifest names it, and it is not the last.`);
    return head?.reference ?? null;
  }

  /** Whoever cannot be believed leaves the one before it unnamed: that is no finding of its own. */
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
  // One that cannot be believed tells no time.
  if (link.says === null || last.says === null) return link.reference.key >= last.reference.key;
  return link.says.completedAt >= last.says.completedAt;
}
