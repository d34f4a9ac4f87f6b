import type { ObjectKey, RunId } from "../../domain/identifiers.ts";
import type { Manifest, ManifestReference } from "../format/manifest.ts";
import type { Problem } from "./problem.ts";

/** One manifest as a link of the chain. */
export interface ChainLink {
  readonly reference: ManifestReference;
  /** What the manifest says; null when it is not valid. */
  readonly says: Pick<Manifest, "previous" | "baseline" | "startedAt" | "completedAt" | "kind" | "updates"> | null;
  /** Whether the manifest was reported as altered already. */
  readonly isAltered: boolean;
}

export interface ChainResult {
  readonly problems: readonly Problem[];
  /** The end of the chain: the last manifest without a problem that no later one names. Null when there is none. */
  readonly head: ManifestReference | null;
}

/** Two machines' clocks may differ by so much. */
const LARGEST_CLOCK_DIFFERENCE_MS = 300_000;

/**
 * Compares every link with the hash that later links record of it, and checks that the chain has one beginning and one end,
 * and that times never go back along it. `links` ascend by key. `noted` is the end that the last run noted in its state,
 * null when there is no note. `nowMs`: milliseconds since the epoch.
 */
export function checkChain(links: readonly ChainLink[], noted: ManifestReference | null, nowMs: number): ChainResult {
  const chain = new Chain(links);
  chain.checkTimes(nowMs);
  chain.followLinks();
  chain.checkBases();
  if (noted !== null) chain.accept(noted, "the last run noted it as the end of the chain");
  chain.findBeginnings();
  return { head: chain.findEnds(noted), problems: chain.problems };
}

class Chain {
  readonly problems: Problem[] = [];
  readonly #links: readonly ChainLink[];
  readonly #stored: ReadonlyMap<ObjectKey, ChainLink>;
  readonly #named = new Set<ObjectKey>();
  readonly #accused: Set<ObjectKey>;

  constructor(links: readonly ChainLink[]) {
    this.#accused = new Set(links.filter(({ isAltered }) => isAltered).map(({ reference }) => reference.key));
    this.#links = links;
    this.#stored = new Map(links.map((link) => [link.reference.key, link]));
  }

  /** The name of a run may be of any time; the times that it recorded may not. */
  checkTimes(nowMs: number): void {
    const latest = nowMs + LARGEST_CLOCK_DIFFERENCE_MS;
    for (const { reference, says } of this.#links) {
      if (says === null) continue;
      const { completedAt, startedAt } = says;
      if (Math.max(Date.parse(startedAt), Date.parse(completedAt)) > latest)
        this.#suspect(
          reference,
          `${reference.key}: it says that the run was completed at ${completedAt}, in the future.`,
        );
      else if (completedAt < startedAt)
        this.#suspect(reference, `${reference.key}: its run was completed at ${completedAt}, before it started.`);
    }
    for (const { reference, says } of this.#links) {
      const before = says?.previous && this.#stored.get(says.previous.key);
      if (!says || !before?.says || this.#accused.has(before.reference.key)) continue;
      const { startedAt, completedAt } = before.says;
      if (says.startedAt < startedAt || says.completedAt < completedAt)
        this.#suspect(
          reference,
          `${reference.key}: its times (${says.startedAt} to ${says.completedAt}) are before those of ${before.reference.runId}, which it continues (${startedAt} to ${completedAt}).`,
        );
    }
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

  /** An update builds on a sweep that came before it in the chain. */
  checkBases(): void {
    for (const { reference, says } of this.#links) {
      const base = says?.updates?.base;
      if (!says || base === undefined || this.#accused.has(reference.key)) continue;
      const swept = this.#stored.get(base.key);
      if (swept === undefined) this.accept(base, `${reference.runId} builds on it`);
      else if (swept.says !== null && !this.#accused.has(base.key)) {
        if (swept.reference.sha256 !== base.sha256)
          this.#accuse(reference, `${reference.key}: it builds on another ${base.key} than the one that is stored.`);
        else if (swept.says.kind !== "sweep")
          this.#accuse(reference, `${reference.key}: it builds on ${base.runId}, which is no sweep.`);
        else if (swept.says.completedAt > says.startedAt)
          this.#accuse(reference, `${reference.key}: it builds on ${base.runId}, which came after it.`);
      }
    }
  }

  findBeginnings(): void {
    const [, ...others] = this.#links.filter(
      ({ reference, says }) => says !== null && says.previous === null && !this.#accused.has(reference.key),
    );
    for (const { reference } of others)
      this.#find("gap", reference, `${reference.key}: it names no manifest before it, but it is not the first one.`);
  }

  findEnds(noted: ManifestReference | null): ManifestReference | null {
    const ends = this.#links.filter(({ reference }) => !this.#named.has(reference.key));
    const head = this.#head(noted);
    for (const { reference, says } of ends)
      if (says !== null && reference !== head?.reference && !this.#accused.has(reference.key))
        this.#find("gap", reference, `${reference.key}: no later manifest names it, but it is not the last one.`);
    return head?.reference ?? null;
  }

  /** What the last run noted, if it is an end of the chain; else the last sound manifest, or without any, the last one. */
  #head(noted: ManifestReference | null): ChainLink | null {
    const isSound = ({ reference, says }: ChainLink) => says !== null && !this.#accused.has(reference.key);
    const sound = this.#links.filter(isSound);
    const continued = new Set(sound.map(({ says }) => says?.previous?.key));
    const ends = sound.filter(({ reference }) => !continued.has(reference.key));
    const isNoted = ({ reference }: ChainLink) => reference.sha256 === noted?.sha256;
    const last = (links: readonly ChainLink[]) =>
      links.reduce<ChainLink | null>((latest, link) => (isLater(link, latest) ? link : latest), null);
    return ends.find(isNoted) ?? last(ends) ?? last(this.#links);
  }

  /** The manifest that an invalid one names is not named by any other; that is not another problem. */
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

  #suspect(reference: ManifestReference, message: string): void {
    if (this.#accused.has(reference.key)) return;
    this.#accused.add(reference.key);
    this.#find("wrong_time", reference, message);
  }

  #accuse(reference: ManifestReference, message: string): void {
    if (this.#accused.has(reference.key)) return;
    this.#accused.add(reference.key);
    this.#find("altered", reference, message);
  }

  #find(verdict: Problem["verdict"], { key, runId }: { key: ObjectKey; runId: RunId }, message: string): void {
    this.problems.push({ verdict, key, runId, message });
  }
}

function isLater(link: ChainLink, last: ChainLink | null): boolean {
  if (last === null) return true;
  // The time of an invalid manifest is not known.
  if (link.says === null || last.says === null) return link.reference.key >= last.reference.key;
  return link.says.completedAt >= last.says.completedAt;
}
