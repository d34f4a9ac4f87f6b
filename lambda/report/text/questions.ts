import { counted, grouped } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { ReportModel } from "../model.ts";
import { changesIn } from "../recent-runs.ts";
import { marksNew, notJudged, openText } from "./finding.ts";
import { lastKnownText, organizationLabel, UNKNOWN } from "./organization.ts";
import { usageText } from "./usage.ts";
import { noChanges } from "./verdict.ts";

/** A question that a report answers, a short answer, and the section with the details. */
export interface AnsweredQuestion {
  readonly question: string;
  readonly answer: string;
  readonly section: "findings" | "changes" | "unread" | "sign-in" | "evidence" | "cost";
}

/** An answer names at most this many things of a kind. */
const NAMED = 3;

/** The questions at the top of a report, answered. Unescaped. */
export function answeredQuestions(model: ReportModel): readonly AnsweredQuestion[] {
  return [
    { question: "What is wrong?", answer: findingsText(model), section: "findings" },
    { question: "What changed?", answer: changesText(model), section: "changes" },
    { question: "What could not be read?", answer: unreadText(model), section: "unread" },
    { question: "How can people sign in?", answer: signInText(model), section: "sign-in" },
    { question: "Is the evidence complete and unaltered?", answer: evidenceText(model), section: "evidence" },
    { question: "What did the audit cost the tenant?", answer: usageText(model.manifest.usage), section: "cost" },
  ];
}

function findingsText(model: ReportModel): string {
  const { findings, manifest } = model;
  if (findings === null) return notJudged(model);
  const [worst] = findings.rules.filter(({ shown }) => shown.length > 0);
  const most =
    worst === undefined ? "" : ` Worst: ${worst.description.title} (${counted(worst.organizations, "Organization")}).`;
  const { waived, new: fresh, resolved } = manifest.summary.findings;
  const since = marksNew(model) ? ` ${grouped(fresh)} new, ${grouped(resolved)} resolved.` : "";
  return `${openText(findings)}${most}${since}${waived > 0 ? ` ${grouped(waived)} waived.` : ""}`;
}

function changesText({ manifest, changes }: ReportModel): string {
  const { baseline, summary } = manifest;
  const [worst] = changes;
  if (baseline === null || worst === undefined) return noChanges(manifest);
  const organizations = new Set(changes.map(({ organizationId }) => organizationId)).size;
  const total = changesIn(summary.severity);
  const where = `${changes.length < total ? "at least " : ""}${counted(organizations, "Organization")}`;
  return `${counted(total, "change")} in ${where} since run ${baseline.runId}. The most severe is in ${organizationLabel(worst)}: ${worst.reasons.slice(0, 1).join("")}`;
}

function unreadText({ manifest, unread }: ReportModel): string {
  if (manifest.status === "failed") return "The run failed before it recorded any Organization.";
  const { failed, requested } = manifest.summary.organizations;
  const [first] = unread;
  if (first === undefined) return "Every Organization in scope was read.";
  return `${grouped(failed)} of ${counted(requested, "Organization")}. Changes in unread Organizations are unknown. First: ${organizationLabel(first)}. Last known: ${lastKnownText(first, NAMED)}.`;
}

function signInText({ manifest, strategies }: ReportModel): string {
  const { organizations, connections } = manifest.summary;
  const unknown = signInUnknown(manifest);
  if (unknown !== null) return unknown;
  const most = strategies.slice(0, NAMED).map((use) => `${use.strategy ?? UNKNOWN} (${grouped(use.connections)})`);
  const others = strategies.length - NAMED;
  const more = others > 0 ? ` and ${counted(others, "other strategy", "other strategies")}` : "";
  const by = most.length === 0 ? "" : `: ${most.join(", ")}${more}`;
  return `Through ${counted(connections, "enabled connection")} in ${counted(organizations.observed, "Organization")}${by}.`;
}

/** Why a report does not show how people can sign in; null when it does. */
export function signInUnknown({ status, summary }: Manifest): string | null {
  if (status === "failed") return "This run has no snapshot. See the report of the last run that has one.";
  return summary.organizations.observed === 0 ? "No Organization was read." : null;
}

/** The result of checking the evidence against its hashes. A report is rendered only from files that match. */
function evidenceText({ manifest, recent }: ReportModel): string {
  const { status, files, previous } = manifest;
  const complete = status === "complete" ? "Complete" : "Complete except for unread Organizations";
  const own =
    status === "failed"
      ? "A failed run stores only its manifest."
      : `${complete}: ${counted(files.length, "file")} with the sizes, row counts and hashes recorded in the manifest.`;
  const links = recent.runs.length - 1;
  if (recent.broken !== null) {
    const { reference, problem } = recent.broken;
    return `${own} The chain of manifests is broken after ${counted(links, "link")}: the manifest of run ${reference.runId} is ${problem}.`;
  }
  if (previous === null) return `${own} This is the tenant's first run.`;
  const before =
    links === 1
      ? "The manifest of the previous run has the hash"
      : `The manifests of the ${links} previous runs have the hashes`;
  return `${own} ${before} recorded in the chain.`;
}
