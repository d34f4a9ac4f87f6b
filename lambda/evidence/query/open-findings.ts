import { SEVERITIES, type Severity } from "../../domain/change.ts";
import type { Manifest } from "../format/manifest.ts";
import { stateFindings } from "../state/findings.ts";
import type { EvidenceReader } from "../store/port.ts";

/** More than so many findings are not counted one by one. */
const MOST_COUNTED = 50_000;

/** How many findings of a state are open, by severity, and how many are waived. */
export interface FindingCounts {
  readonly open: Readonly<Record<Severity, number>>;
  readonly waived: number;
}

/**
 * Counts the findings of a state; `layers` are its runs, newest first. One run over the whole tenant has counted them; else
 * they are read. Null when a run recorded none because an earlier version made it, or when there are too many to read.
 * Throws `EvidenceError`.
 */
export async function countFindings(store: EvidenceReader, layers: readonly Manifest[]): Promise<FindingCounts | null> {
  const [only, ...others] = layers;
  if (only === undefined || layers.some(({ policy }) => policy === null)) return null;
  if (others.length === 0) return only.summary.findings;
  const rows = layers
    .flatMap(({ files }) => files)
    .reduce((sum, one) => sum + (one.role === "findings" ? one.rows : 0), 0);
  if (rows > MOST_COUNTED) return null;
  const open = Object.fromEntries(SEVERITIES.map((one) => [one, 0]));
  let waived = 0;
  for await (const { findings } of stateFindings(store, layers))
    for (const { severity, status } of findings)
      if (status === "open") open[severity] = (open[severity] ?? 0) + 1;
      else if (status === "waived") waived += 1;
  const { high = 0, info = 0, low = 0, medium = 0 } = open;
  return { open: { high, medium, low, info }, waived };
}
