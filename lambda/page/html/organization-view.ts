import type { OrganizationId, Sha256, Timestamp } from "../../domain/identifiers.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { HistoryEntry } from "../../evidence/query/history.ts";
import type { OrganizationFindings } from "../../evidence/query/organization-findings.ts";
import type { OrganizationState } from "../../evidence/query/state.ts";
import type { RuleTexts } from "../rule-texts.ts";
import type { Named } from "./parts.ts";

/** A run and the SHA-256 of its manifest. */
export interface ProvingRun {
  readonly manifest: Manifest;
  readonly sha256: Sha256 | null;
}

/** What the page of an Organization shows. */
export interface OrganizationView extends Named {
  readonly organizationId: OrganizationId;
  /** The date that was asked for, as it was written; empty for the present. */
  readonly at: string;
  /** The end of that date; null for the present, and for a run by its ID. */
  readonly asked: Timestamp | null;
  readonly state: OrganizationState;
  /** The run with the observation that the state rests on. */
  readonly observedIn: ProvingRun;
  /** What is wrong in the state, and the rules that say so. */
  readonly judged: OrganizationFindings;
  readonly rules: RuleTexts;
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** The timeline ends with this run, and others come before and after it. */
  readonly timeline: { readonly earlier: string | null; readonly later: string | null; readonly runs: number };
}
