import { EvidenceError, type EvidenceErrorCode } from "../../domain/errors.ts";
import type { ObjectKey, RunId } from "../../domain/identifiers.ts";

/**
 * What verification finds. `altered`: the object is not what was written. `missing`: an object that is named somewhere does
 * not exist. `gap`: the chain of manifests does not lead from its end through every manifest. `wrong_time`: a manifest's
 * times are before those of the manifest that it continues, or in the future. `unknown`: an object that this program does
 * not write there. `unreadable_format`: the object is of a later major version, which this version cannot check.
 */
export const PROBLEM_VERDICTS = ["altered", "missing", "gap", "wrong_time", "unknown", "unreadable_format"] as const;
export type ProblemVerdict = (typeof PROBLEM_VERDICTS)[number];
export type Verdict = "valid" | ProblemVerdict;

export interface Problem {
  readonly verdict: ProblemVerdict;
  /** The object; null when its key is not known. */
  readonly key: ObjectKey | null;
  readonly runId: RunId | null;
  /** One line that names the object. */
  readonly message: string;
}

const VERDICT_OF: Readonly<Record<EvidenceErrorCode, ProblemVerdict>> = {
  altered: "altered",
  truncated: "altered",
  malformed: "altered",
  missing: "missing",
  newer_format: "unreadable_format",
};

/** The problem about the object at `key` that an error means. */
export function problemOf(error: EvidenceError, key: ObjectKey, runId: RunId): Problem {
  return { verdict: VERDICT_OF[error.code], key, runId, message: error.message };
}

/** Throws `EvidenceError` (`altered`): the object at `key` is not what was written; `why` says what is wrong. */
export function altered(key: string, why: string): never {
  throw new EvidenceError("altered", `${key}: ${why}.`);
}

/** The problem about an object that should not be there; `why` says what it is. */
export function unknownObject(key: ObjectKey, why: string, runId: RunId | null = null): Problem {
  return { verdict: "unknown", key, runId, message: `${key}: ${why}.` };
}
