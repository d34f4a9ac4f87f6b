import type { Change, Severity } from "../domain/change.ts";
import type { Operation } from "../domain/operation.ts";
import { compareText } from "../domain/order.ts";
import type { Attributed } from "./operation-block.ts";

/** Actors that are counted one by one; the changes of later ones are counted together. */
const MAX_COUNTED = 1_000;
/** Limit of what a report lists. */
const MAX_SHOWN = 50;

/** Someone who made changes, and how many. */
export interface ActorChanges {
  /** One of their operations, which names them. */
  readonly operation: Operation;
  readonly changes: Readonly<Record<Severity, number>>;
  readonly total: number;
  /** Things that they did and that were undone before a run saw them. */
  readonly undone: number;
}

/** Who made the changes of a run. Its size is bounded. */
export interface ActorsModel {
  /** Those with the most severe changes first. At most `MAX_SHOWN`. */
  readonly shown: readonly ActorChanges[];
  /** Changes of actors that are not shown. */
  readonly others: number;
  /** Changes that the logs attribute to no one. */
  readonly unattributed: number;
}

interface Counted {
  readonly operation: Operation;
  readonly changes: Record<Severity, number>;
  undone: number;
}

/** Counts changes by the actor of the last operation that explains them. */
export class ActorsBuilder {
  readonly #actors = new Map<string, Counted>();
  #others = 0;
  #unattributed = 0;

  addChange({ change, severity }: Change, who: Attributed | null): void {
    // The list of an audit is changed outside of the tenant.
    if (change === "scope_added" || change === "scope_removed") return;
    const last = who?.operations.at(-1);
    if (last === undefined) {
      this.#unattributed += 1;
      return;
    }
    const actor = this.#counted(last);
    if (actor === null) this.#others += 1;
    else actor.changes[severity] += 1;
  }

  addOperation(operation: Operation): void {
    if (operation.undone.length === 0) return;
    const actor = this.#counted(operation);
    if (actor !== null) actor.undone += operation.undone.length;
  }

  #counted(operation: Operation): Counted | null {
    const key = actorKey(operation);
    const known = this.#actors.get(key);
    if (known !== undefined) return known;
    if (this.#actors.size === MAX_COUNTED) return null;
    const actor = {
      operation: { ...operation, undone: [] },
      changes: { high: 0, medium: 0, low: 0, info: 0 },
      undone: 0,
    };
    this.#actors.set(key, actor);
    return actor;
  }

  build(): ActorsModel {
    const sorted = [...this.#actors]
      .map(([key, actor]) => ({ key, actor: { ...actor, total: totalOf(actor) } }))
      .sort((left, right) => worseFirst(left.actor, right.actor) || compareText(left.key, right.key))
      .map(({ actor }) => actor);
    const hidden = sorted.slice(MAX_SHOWN).reduce((sum, { total }) => sum + total, 0);
    return { shown: sorted.slice(0, MAX_SHOWN), others: this.#others + hidden, unattributed: this.#unattributed };
  }
}

function totalOf({ changes: { high, medium, low, info } }: Counted): number {
  return high + medium + low + info;
}

function worseFirst(left: ActorChanges, right: ActorChanges): number {
  return (
    right.changes.high - left.changes.high ||
    right.changes.medium - left.changes.medium ||
    right.total - left.total ||
    right.undone - left.undone
  );
}

/** The same person or application has the same key. */
function actorKey({ actor: { email, id, kind, name }, clientId }: Operation): string {
  const own = id ?? email ?? name;
  return JSON.stringify(own === null ? [kind, null, clientId] : [kind, own]);
}
