import type { Sha256 } from "../../domain/identifiers.ts";
import type { InstantRange } from "../../domain/time.ts";
import type { Manifest } from "../format/manifest.ts";
import { type Uncovered, uncoveredPeriods, usualIntervalMs } from "./coverage.ts";
import { type RecordedRuns, timeOf } from "./recorded-runs.ts";

/** A run in a list of runs. */
export interface RunEntry {
  readonly manifest: Manifest;
  readonly sha256: Sha256 | null;
  /** The period before it that no run over the whole tenant covers, if it is much longer than usual. */
  readonly gap: Uncovered | null;
}

/** The runs of a range, oldest first, with the gaps between them. Throws `EvidenceError`. */
export function runEntries(runs: RecordedRuns, range: InstantRange): readonly RunEntry[] {
  const asked = new Set(runs.within(range));
  const usualMs = usualIntervalMs(runs.readable);
  let lastMs = Number.NEGATIVE_INFINITY;
  const entries: RunEntry[] = [];
  for (const manifest of runs.readable) {
    const isCovering = manifest.scope === "all" && manifest.status !== "failed";
    const since = { fromMs: lastMs, toMs: Number.POSITIVE_INFINITY };
    const [gap = null] = isCovering ? uncoveredPeriods([manifest], since, usualMs) : [];
    if (isCovering) lastMs = timeOf(manifest);
    if (asked.has(manifest)) entries.push({ manifest, sha256: runs.hashOf(manifest), gap });
  }
  return entries;
}
