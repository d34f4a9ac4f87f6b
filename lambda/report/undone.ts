import { SEVERITIES, type Severity } from "../domain/change.ts";
import type { Operation, Undone } from "../domain/operation.ts";

/** Limit of what a report lists. The evidence has everything. */
const MAX_UNDONE = 100;

/** Something that came and went between two observations, and who did it. */
export interface UndoneChange extends Undone {
  readonly operation: Operation;
  /** The operation that undid it; null: the logs have none. */
  readonly undoing: Operation | null;
}

/** What a report says of changes that were undone before a run saw them. Its size is bounded. */
export interface UndoneModel {
  readonly total: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** Highest severity first, then in the order of time. At most `MAX_UNDONE`. */
  readonly shown: readonly UndoneChange[];
}

/** Collects what came and went, from the operations of a run in the order of time. */
export class UndoneBuilder {
  readonly #counts: Record<Severity, number> = { high: 0, medium: 0, low: 0, info: 0 };
  readonly #shown: Readonly<Record<Severity, Omit<UndoneChange, "undoing">[]>> = {
    high: [],
    medium: [],
    low: [],
    info: [],
  };
  /** The operations that undid what is shown, by log ID; null until they are read. */
  readonly #undoing = new Map<string, Operation | null>();

  add(operation: Operation): void {
    if (this.#undoing.has(operation.logId)) this.#undoing.set(operation.logId, { ...operation, undone: [] });
    for (const { change, undoneBy } of operation.undone) {
      const alike = this.#shown[change.severity];
      this.#counts[change.severity] += 1;
      if (alike.length === MAX_UNDONE) continue;
      alike.push({ operation: { ...operation, undone: [] }, change, undoneBy });
      if (undoneBy !== null && !this.#undoing.has(undoneBy)) this.#undoing.set(undoneBy, null);
    }
  }

  build(): UndoneModel {
    return {
      total: SEVERITIES.reduce((sum, severity) => sum + this.#counts[severity], 0),
      bySeverity: { ...this.#counts },
      shown: SEVERITIES.flatMap((severity) => this.#shown[severity])
        .slice(0, MAX_UNDONE)
        .map((one) => ({ ...one, undoing: one.undoneBy === null ? null : (this.#undoing.get(one.undoneBy) ?? null) })),
    };
  }
}
