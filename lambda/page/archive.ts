import type { Clock } from "../domain/clock.ts";
import type { Tenant } from "../domain/identifiers.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { RecordedRuns } from "../evidence/query/recorded-runs.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { withPartCache } from "./part-cache.ts";

/** New runs are looked for at most this often. */
const REFRESH_MS = 10_000;

/** A tenant's evidence as the pages read it: runs that are recorded meanwhile come in, and nothing is written. */
export class Archive {
  readonly reader: EvidenceReader;
  readonly #clock: Pick<Clock, "now">;
  #runs: Promise<RecordedRuns>;
  #readAtMs: number;

  private constructor(reader: EvidenceReader, runs: RecordedRuns, clock: Pick<Clock, "now">) {
    this.reader = withPartCache(reader);
    this.#clock = clock;
    this.#runs = Promise.resolve(runs);
    this.#readAtMs = clock.now();
  }

  /** Reads every manifest of the tenant. Throws `EvidenceStoreError`. */
  static async open(reader: EvidenceReader, tenant: Tenant, clock: Pick<Clock, "now">): Promise<Archive> {
    return new Archive(reader, await RecordedRuns.read(reader, tenant), clock);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock.now();
  }

  /** The runs as of now. Throws `EvidenceStoreError`. */
  async runs(): Promise<RecordedRuns> {
    if (this.#clock.now() - this.#readAtMs < REFRESH_MS) return this.#runs;
    this.#readAtMs = this.#clock.now();
    const before = await this.#runs;
    const refreshed = RecordedRuns.read(this.reader, before.tenant, before);
    this.#runs = refreshed.catch(() => before);
    return refreshed;
  }
}

/** The last run with a snapshot; null when there is none. */
export function lastSnapshot(runs: RecordedRuns): Manifest | null {
  return runs.readable.findLast(({ status }) => status !== "failed") ?? null;
}
