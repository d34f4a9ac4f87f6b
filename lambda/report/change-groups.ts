import { type Change, SEVERITIES, type Severity } from "../domain/change.ts";

/** At most so many groups of one severity, and so many changes in their lists. */
const MOST = 500;

/** The same change in one or more Organizations. */
export interface ChangeGroup {
  readonly severity: Severity;
  /** How many changes there are: one for each Organization. */
  readonly count: number;
  /** The first of them in the order of the evidence, at least one. */
  readonly first: Change;
  /** Those that are listed, `first` included. */
  readonly changes: readonly Change[];
}

interface OpenGroup {
  count: number;
  readonly first: Change;
  readonly changes: Change[];
}

/**
 * Collects changes in groups of the same change, in the order of the evidence. Its size is bounded: a change past the
 * bound is counted in its group, and in no group only if its severity already has `MOST` groups.
 */
export class ChangeGroups {
  readonly #most: number;
  readonly #groups: Readonly<Record<Severity, Map<string, OpenGroup>>> = {
    high: new Map(),
    medium: new Map(),
    low: new Map(),
    info: new Map(),
  };
  readonly #listed: Record<Severity, number> = { high: 0, medium: 0, low: 0, info: 0 };

  constructor(most = MOST) {
    this.#most = most;
  }

  /** Whether the change is in a list. */
  add(change: Change): boolean {
    const groups = this.#groups[change.severity];
    const key = sameness(change);
    const group = groups.get(key);
    if (group === undefined) {
      if (groups.size === this.#most) return false;
      groups.set(key, { count: 1, first: change, changes: [change] });
    } else {
      group.count += 1;
      if (this.#listed[change.severity] >= this.#most) return false;
      group.changes.push(change);
    }
    this.#listed[change.severity] += 1;
    return true;
  }

  /** Highest severity first, then the largest, then in the order of the evidence. At most `MOST`. */
  build(): readonly ChangeGroup[] {
    return SEVERITIES.flatMap((severity) =>
      [...this.#groups[severity].values()]
        .map((group): ChangeGroup => ({ severity, ...group }))
        .sort((left, right) => right.count - left.count),
    ).slice(0, this.#most);
  }
}

/** The groups of some changes, which are in the order of the evidence. `most` bounds the groups of each severity. */
export function groupChanges(changes: Iterable<Change>, most = MOST): readonly ChangeGroup[] {
  const groups = new ChangeGroups(most);
  for (const change of changes) groups.add(change);
  return groups.build();
}

/** Equal for changes that differ only in their Organization and time. */
function sameness({ change, connectionId, connectionName, properties, reasons, strategy }: Change): string {
  const compared = properties.map(({ name, previousValue, updatedValue }) => [name, previousValue, updatedValue]);
  return JSON.stringify([change, connectionId, connectionName, strategy, compared, reasons]);
}

/** Groups that have the same reasons, in the order of the first of each. */
export function byReasons(groups: readonly ChangeGroup[]): readonly (readonly ChangeGroup[])[] {
  return [...Map.groupBy(groups, ({ first }) => JSON.stringify(first.reasons)).values()];
}

/** How many changes are in some groups. */
export function changesInGroups(groups: readonly ChangeGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
