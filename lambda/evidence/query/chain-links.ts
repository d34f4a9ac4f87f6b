import type { RunId } from "../../domain/identifiers.ts";
import { parseManifestKey } from "../format/keys.ts";
import type { RecordedRuns } from "./recorded-runs.ts";

/** A run whose manifest is not what the manifest after it recorded. */
export interface BrokenLink {
  readonly runId: RunId;
  readonly problem: "missing" | "altered" | "unreadable";
}

/**
 * Compares the manifests of a tenant with the hash that the next one has of each. It is the quick part of verification: no
 * part is read, and the last manifest has nothing that vouches for it.
 */
export function brokenLinks(runs: RecordedRuns): readonly BrokenLink[] {
  const broken: BrokenLink[] = runs.unreadable.map((runId) => ({ runId, problem: "unreadable" }));
  const unreadable = new Set(runs.unreadable);
  const hashes = new Map(runs.readable.map((run) => [run.runId, runs.hashOf(run)]));
  for (const { previous } of runs.readable) {
    const runId = previous === null ? null : (parseManifestKey(previous.key)?.runId ?? previous.runId);
    if (previous === null || runId === null || unreadable.has(runId)) continue;
    const stored = hashes.get(runId) ?? null;
    if (stored !== previous.sha256) broken.push({ runId, problem: stored === null ? "missing" : "altered" });
  }
  return broken;
}
