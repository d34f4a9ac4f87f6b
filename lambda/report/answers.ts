import { counted, duration, grouped } from "../domain/text.ts";
import { changesIn } from "./history.ts";
import type { ReportModel } from "./model.ts";
import { bucketUsed, lastKnownText } from "./wording.ts";

/** A question that people bring to a report, its answer in a sentence or two, and the section that tells more. */
export interface Answer {
  readonly question: string;
  readonly answer: string;
  readonly section: "changes" | "unread" | "sign-in" | "evidence" | "cost";
}

/** An answer names so many of a kind; its section has the rest. */
const NAMED = 3;

/** The questions that a report is there for, answered before its details. Unescaped, for the renderer to escape. */
export function answers(model: ReportModel): readonly Answer[] {
  return [
    { question: "What changed?", answer: whatChanged(model), section: "changes" },
    { question: "What could not be read?", answer: whatWasNotRead(model), section: "unread" },
    { question: "Who can sign in where?", answer: whoCanSignIn(model), section: "sign-in" },
    { question: "Is the evidence complete and unaltered?", answer: evidenceText(model), section: "evidence" },
    { question: "What did it cost the tenant?", answer: whatItCost(model), section: "cost" },
  ];
}

function whatChanged({ manifest, changes }: ReportModel): string {
  const { status, baseline, summary } = manifest;
  if (status === "failed") return "Nothing is known: the audit failed. What was recorded before still stands.";
  if (baseline === null) return "There is nothing to compare with yet; the next run is compared with this one.";
  const [worst] = changes;
  if (worst === undefined) return `Nothing, in what was read, since run ${baseline.runId}.`;
  const organizations = new Set(changes.map(({ organizationId }) => organizationId)).size;
  const total = changesIn(summary.severity);
  const where = `${changes.length < total ? "at least " : ""}${counted(organizations, "Organization")}`;
  const name = worst.organizationName ?? worst.organizationId;
  return `${counted(total, "change")} in ${where} since run ${baseline.runId}. The worst is in ${name}: ${worst.reasons.slice(0, 1).join("")}`;
}

function whatWasNotRead({ manifest, unread }: ReportModel): string {
  if (manifest.status === "failed") return "Nothing was read in this run.";
  const { failed, requested } = manifest.summary.organizations;
  const [first] = unread;
  if (first === undefined) return "Every Organization in scope was read.";
  const name = first.organizationName ?? first.organizationId;
  return `${grouped(failed)} of ${counted(requested, "Organization")}; nothing is said of changes in them. First: ${name}. Last known: ${lastKnownText(first, NAMED)}.`;
}

function whoCanSignIn({ manifest, strategies, openTotal }: ReportModel): string {
  const { organizations, connections } = manifest.summary;
  if (manifest.status === "failed") return "This run has no snapshot; the last run with one still tells.";
  const most = strategies.slice(0, NAMED).map((use) => `${use.strategy ?? "not told"} ${grouped(use.connections)}`);
  const more =
    strategies.length > NAMED ? ` and ${counted(strategies.length - NAMED, "other strategy", "other strategies")}` : "";
  const by = most.length === 0 ? "" : `: ${most.join(", ")}${more}`;
  return `Through ${counted(connections, "enabled connection")} of ${counted(organizations.observed, "Organization")}${by}. People can join ${counted(openTotal, "Organization")} by themselves. Each Organization's own connections stand in the snapshot.`;
}

/** What holding the evidence against its hashes came to. A report is only made of files that match their manifest. */
export function evidenceText({ manifest, history }: ReportModel): string {
  const { status, files, previous } = manifest;
  const own =
    status === "failed"
      ? "A failed run has no evidence but its manifest."
      : `${status === "complete" ? "Complete" : "What was read is complete"}: ${counted(files.length, "file")} with the sizes, rows and hashes that the run's manifest records.`;
  const links = history.runs.length - 1;
  if (history.broken !== null) {
    const { reference, problem } = history.broken;
    return `${own} But the chain of manifests breaks after ${counted(links, "link")}: run ${reference.runId}'s is ${problem}.`;
  }
  if (previous === null) return `${own} It is the tenant's first run.`;
  return `${own} The ${links === 1 ? "run before it has" : `${links} runs before it have`} the hash that the chain of manifests records.`;
}

function whatItCost({ manifest }: ReportModel): string {
  const { usage } = manifest;
  const used = bucketUsed(usage);
  const share = used === null ? "" : `; at most ${Math.round(used * 100)} % of its rate limit was used at any moment`;
  return `${counted(usage.requests, "request")} in ${duration(usage.durationMs)}, ${grouped(usage.rateLimited)} answered 429${share}.`;
}
