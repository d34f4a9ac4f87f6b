import { RunFailure } from "../domain/errors.ts";
import { counted, duration, grouped } from "../domain/text.ts";

/** How large the chunks of a sweep may be. Times are milliseconds. */
export interface ChunkBounds {
  /** How long a chunk usually starts new reads. */
  readonly usualMs: number;
  /** How long it may do so at most, within the invocation's time. */
  readonly longestMs: number;
  readonly usualOrganizations: number;
  readonly mostOrganizations: number;
  /** Steps and waits that one chunk uses of the execution. */
  readonly operations: number;
}

/** How far a sweep has come. */
export interface SweepState {
  readonly organizationsLeft: number;
  /** Steps and waits that the execution still has for chunks. */
  readonly operationsLeft: number;
  /** The chunk before; null for the first one. */
  readonly last: { readonly organizations: number; readonly elapsedMs: number } | null;
  /** Whether that was the first one: then a sweep that cannot end is refused. */
  readonly isFirst: boolean;
}

export interface ChunkPlan {
  /** How many Organizations it holds at most, and how many it must hold for the sweep to end in time. */
  readonly organizations: number;
  readonly leastOrganizations: number;
  readonly deadlineMs: number;
}

/**
 * Plans the next chunk so that the sweep ends within the operations that the execution has left: chunks of the usual size
 * if these suffice, else longer ones. Throws `RunFailure` (`too_many_organizations`) when even the longest do not suffice,
 * as soon as the first chunk has shown the tenant's pace.
 */
export function planChunk(
  bounds: ChunkBounds,
  { isFirst, last, operationsLeft, organizationsLeft }: SweepState,
): ChunkPlan {
  const chunksLeft = Math.floor(operationsLeft / bounds.operations);
  const needed = chunksLeft > 0 ? Math.ceil(organizationsLeft / chunksLeft) : Number.POSITIVE_INFINITY;
  if (needed > bounds.mostOrganizations)
    throw tooMany(
      `${counted(organizationsLeft, "Organization")} are left to read, and one execution holds ${grouped(chunksLeft)} more chunks of ${grouped(bounds.mostOrganizations)}`,
    );
  const organizations = Math.max(bounds.usualOrganizations, needed);
  const leastOrganizations = Math.min(organizations, needed);
  if (last === null || last.organizations === 0)
    return { organizations, leastOrganizations, deadlineMs: bounds.usualMs };
  const msEach = last.elapsedMs / last.organizations;
  const neededMs = needed * msEach;
  if (isFirst && neededMs > bounds.longestMs)
    throw tooMany(
      `At the pace that its rate limit leaves, ${grouped(Math.round(60_000 / msEach))} a minute, the ${counted(organizationsLeft, "Organization")} left to read take ${duration(organizationsLeft * msEach)}, and one execution holds ${duration(chunksLeft * bounds.longestMs)}`,
    );
  return {
    organizations,
    leastOrganizations,
    deadlineMs: Math.min(bounds.longestMs, Math.max(bounds.usualMs, neededMs)),
  };
}

function tooMany(figures: string): RunFailure {
  return new RunFailure(
    "too_many_organizations",
    `The tenant is too large for one execution: ${figures}. Raise the rate limit, reduce the reserve, or audit separate lists of Organizations.`,
  );
}
