import type { Operation, OperationEffect } from "../domain/operation.ts";
import { isSuccessful } from "./action.ts";
import { type Facet, facetKey, modelOf, type View, viewOf } from "./model.ts";
import { type EffectsInput, isOpening, type ObservedState, type Step, simulate, valueIn } from "./steps.ts";
import { type Undone, undoneOf } from "./undone.ts";

/** How far the time of a log entry can be from that of an answer, in milliseconds. */
export const UNSETTLED_MS = 60_000;
/** So many operations on the same thing, one after the other, can come after the newer observation. */
const MOST_UNSEEN_ROUNDS = 10;

export interface Effects {
  /** The given operations with their effects, in the same order. */
  readonly operations: readonly Operation[];
  /** In the order of the operations. */
  readonly undone: readonly Undone[];
}

/**
 * Decides what each operation led to, by applying the successful ones to the older observation. An operation that
 * changed something has the effect `change` when the newer observation still has it, and `undone` when it is no longer
 * there; an operation that restored what was there before has none. Where one did both, `undone` wins if what went away
 * had let people in. An operation on a connection itself, or one that does not say what it did, stays `unknown`.
 */
export function effectsOf(input: EffectsInput): Effects {
  const { before, now, operations } = input;
  if (before === null || now === null)
    return { operations: operations.map((one) => having(one, isSuccessful(one) ? "unknown" : "none")), undone: [] };
  const steps = stepsSeen(before, now, operations);
  const effects = new Map<Operation, OperationEffect>();
  const undone: Undone[] = [];
  const ends = { before: viewOf(modelOf(before)), now: viewOf(modelOf(now)) };
  for (const step of steps) {
    const gone = step.facets.filter((facet) => isGone(step, facet, ends.now));
    // What restores the older observation is no news, even where it is undone again.
    const isNews = (facet: Facet) => valueIn(step.after.view, facet) !== valueIn(ends.before, facet);
    const facets = told(gone.filter(isNews), step);
    const isChange = step.facets.some(
      (facet) => !gone.includes(facet) && valueIn(ends.before, facet) !== valueIn(ends.now, facet),
    );
    const opened = facets.some((facet) => isOpening(step, facet));
    const isUndone = facets.length > 0 && (opened || !isChange);
    effects.set(step.operation, isUndone ? "undone" : isChange ? "change" : "none");
    if (isUndone) undone.push(...undoneOf(step, facets, input, [before, now]));
  }
  const effectOf = (one: Operation): OperationEffect => {
    if (!isSuccessful(one) || one.at <= before.at) return "none";
    return effects.get(one) ?? "unknown";
  };
  return { operations: operations.map((one) => having(one, effectOf(one))), undone };
}

/**
 * The steps that the newer observation can have seen. One just before it, nothing of which it shows, came after it: what it
 * undid was there.
 */
function stepsSeen(
  before: ObservedState,
  now: ObservedState,
  operations: readonly Operation[],
  rounds = MOST_UNSEEN_ROUNDS,
): readonly Step[] {
  const steps = simulate(before, now, operations);
  const shown = viewOf(modelOf(now));
  const unseen = new Set(steps.filter((step) => isUnseen(step, shown, now)).map(({ operation }) => operation));
  if (unseen.size === 0 || rounds === 0) return steps;
  return stepsSeen(
    before,
    now,
    operations.filter((one) => !unseen.has(one)),
    rounds - 1,
  );
}

function isUnseen({ after, facets, next, operation }: Step, shown: View, now: ObservedState): boolean {
  if (Date.parse(operation.at) <= Date.parse(now.at) - UNSETTLED_MS) return false;
  const last = facets.filter((facet) => !next.has(facetKey(facet)));
  return last.length > 0 && last.every((facet) => valueIn(after.view, facet) !== valueIn(shown, facet));
}

function having(operation: Operation, effect: OperationEffect): Operation {
  return { ...operation, effect };
}

/** Whether what the step did to the facet is not there any more. */
function isGone(step: Step, facet: Facet, now: View): boolean {
  return step.next.has(facetKey(facet)) || valueIn(step.after.view, facet) !== valueIn(now, facet);
}

/** The part of what is gone that is reported: where a connection came or went, its settings are part of that, unless they let people in. */
function told(gone: readonly Facet[], step: Step): readonly Facet[] {
  const switched = new Set(
    step.facets.filter(({ name }) => name === "enabled").map(({ connectionId }) => connectionId),
  );
  const isWhole = ({ connectionId }: Facet) =>
    gone.some((one) => one.name === "enabled" && one.connectionId === connectionId);
  const isExistence = step.facets.some(({ name }) => name === "exists");
  return gone.filter((facet) => {
    if (facet.name === "enabled" || facet.name === "exists") return true;
    if (facet.connectionId === null) return !isExistence;
    // Where it is not known what was there, only an opening is reported.
    if (!switched.has(facet.connectionId))
      return valueIn(step.before.view, facet) !== undefined || isOpening(step, facet);
    return !isWhole(facet) && isOpening(step, facet);
  });
}

/** Worst first. */
const STRONGEST: readonly OperationEffect[] = ["undone", "change", "unknown", "none"];

/** The effect of one operation on several Organizations, as that on a connection of the whole tenant has. */
export function strongestEffect(left: OperationEffect, right: OperationEffect): OperationEffect {
  return STRONGEST.indexOf(left) <= STRONGEST.indexOf(right) ? left : right;
}
