import { EventBusError, EvidenceStoreError, RunFailure, TokenError } from "../domain/errors.ts";

/** How long an execution waits for services that are away, and how often it starts a step whose process is killed. */
export interface Retries {
  /** Seconds before the second, the third and each further attempt of a step. */
  readonly delaysSeconds: readonly number[];
  /** How often a step is started when its process is killed each time; null: any number of times. */
  readonly mostStarts: number | null;
}

/** In AWS: about 6 hours, suspended between two attempts. The delays grow from a second to 5 minutes. */
export const HOURS_OF_RETRIES: Retries = {
  delaysSeconds: Array.from({ length: 80 }, (_, retry) => Math.min(300, 2 ** retry)),
  mostStarts: 5,
};
/** Where a person waits: 15 seconds. A person may also kill a process as often as they like. */
export const SECONDS_OF_RETRIES: Retries = { delaysSeconds: [1, 2, 4, 8], mostStarts: null };

/** Whether the step failed because a service that it needs is away: then it is tried again. */
export function isPassing(error: unknown): boolean {
  if (error instanceof EvidenceStoreError || error instanceof EventBusError) return error.code === "unreachable";
  return error instanceof RunFailure && error.cause instanceof TokenError && error.cause.code === "unreachable";
}
