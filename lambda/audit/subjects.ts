import { EvidenceStoreError } from "../domain/errors.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { HintedOrganization } from "../hints/merge.ts";
import { pairUp } from "../streams/merge.ts";
import { listedAfter } from "./list.ts";
import { named, type Subject } from "./observe.ts";
import { type Known, knownAfter, readLayers } from "./state.ts";
import type { Sweep } from "./work.ts";

/**
 * The Organizations to read past `after`: those in scope, and those that the tenant's list no longer has; for an update,
 * those that hints name.
 */
export async function* subjectsAfter(work: Sweep, after: OrganizationId | null): AsyncGenerator<Subject> {
  const { run, list, hinted, wanted, dependencies } = work;
  const { store } = dependencies;
  const known = knownAfter(store, run, await readLayers(store, run), wanted, after);
  if (hinted !== null) yield* hintedSubjects(hinted, known, after);
  else
    for await (const { organizationId, left, right } of pairUp(listedAfter(store, run, list, after), known))
      if (left !== null || run.scope === "all") yield { organizationId, listed: left, previous: right?.known ?? null };
}

/** The names of a hinted Organization are those of the state, unless the hint says that it changed itself. */
async function* hintedSubjects(
  hinted: readonly HintedOrganization[],
  known: AsyncIterable<Known>,
  after: OrganizationId | null,
): AsyncGenerator<Subject> {
  const wanted = hinted.filter(({ organizationId }) => after === null || organizationId > after);
  for await (const { organizationId, left, right } of pairUp(each(wanted), known)) {
    if (left === null) continue;
    const previous = right?.known ?? null;
    const isNamed = previous !== null && !left.isChanged;
    yield { organizationId, listed: isNamed ? named(previous) : null, previous };
  }
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** Whether there is anything to read past `after`. */
export async function hasSubjectAfter(work: Sweep, after: OrganizationId | null): Promise<boolean> {
  for await (const _subject of subjectsAfter(work, after)) return true;
  return false;
}

/** A source that ends early when the store is away: what was read from the tenant until then is not lost. */
export interface Source<Item> {
  readonly items: AsyncGenerator<Item>;
  /** Whether every item was taken. */
  readonly isExhausted: () => boolean;
}

/** One item is read ahead, so that the last one is known to be the last. Throws what comes before the first item. */
export function untilUnreachable<Item>(source: AsyncIterable<Item>): Source<Item> {
  let isExhausted = false;
  async function* items(): AsyncGenerator<Item> {
    let waiting: { readonly item: Item } | null = null;
    try {
      for await (const item of source) {
        const ready: { readonly item: Item } | null = waiting;
        waiting = { item };
        if (ready !== null) yield ready.item;
      }
    } catch (error) {
      const isAway = error instanceof EvidenceStoreError && error.code === "unreachable";
      if (!isAway || waiting === null) throw error;
      yield waiting.item;
      return;
    }
    isExhausted = true;
    if (waiting !== null) yield waiting.item;
  }
  return { items: items(), isExhausted: () => isExhausted };
}
