import { EvidenceError, type EvidenceErrorCode } from "../../domain/errors.ts";
import type { ObjectKey, RunId } from "../../domain/identifiers.ts";

/**
 * What verification finds wrong. `altered`: it is not what was written. `missing`: something names it, and it is not
 * there. `gap`: the chain of manifests does not lead from its end through every manifest. `unreadable_format`: it is of a
 * later major version, so that nothing can be said of it.
 */
export const FINDING_VERDICTS = ["altered", "missing", "gap", "unreadable_format"] as const;
export type FindingVerdict = (typeof FINDING_VERDICTS)[number];
export type Verdict = "valid" | FindingVerdict;

export interface Finding {
  readonly verdict: FindingVerdict;
  /** The object that it is about; null when no object is known by its key. */
  readonly key: ObjectKey | null;
  readonly runId: RunId | null;
  /** One line, which names the object. */
  readonly message: string;
}

const VERDICT_OF: Readonly<Record<EvidenceErrorCode, FindingVerdict>> = {
  altered: "altered",
  truncated: "altered",
  malformed: "altered",
  missing: "missing",
  newer_format: "unreadable_format",
};

/** What an error that evidence gave means for the object at `key`. */
export function findingOf(error: EvidenceError, key: ObjectKey, runId: RunId): Finding {
  return { verdict: VERDICT_OF[error.code], key, runId, message: error.message };
}

/** Throws `EvidenceError` (`altered`): what stands at `key` is not what was written, as `why` says. */
export function altered(key: string, why: string): never {
  throw new EvidenceError("altered", `${key}: ${why}.`);
}
