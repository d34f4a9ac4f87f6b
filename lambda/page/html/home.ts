import type { Severity } from "../../domain/change.ts";
import { counted, duration, grouped, moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { FindingCounts } from "../../evidence/query/open-findings.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { picture } from "../../report/html/picture.ts";
import { runSummary } from "../../report/recent-runs.ts";
import { usageText } from "../../report/text/usage.ts";
import { verdict } from "../../report/text/verdict.ts";
import { href } from "../links.ts";
import { findingTiles } from "./finding.ts";
import { runTable } from "./runs.ts";
import { searchForm } from "./search.ts";

const SHOWN_RUNS = 8;

/** What the first page shows. */
export interface HomeView {
  /** Oldest first, not empty. */
  readonly recent: readonly Manifest[];
  /** The last one of any status. */
  readonly last: Manifest;
  /** The last one with a snapshot; null when there is none. */
  readonly state: Manifest | null;
  /** Null when no run judged the state. */
  readonly findings: FindingCounts | null;
  /** Milliseconds since the last run was completed. */
  readonly sinceMs: number;
  /** More than 1.5 times the usual interval went by. */
  readonly isOverdue: boolean;
  readonly runs: number;
  readonly breaks: number;
}

/** The first page: the present state, a search, and where each question is answered. */
export function homeBody(view: HomeView): Markup {
  const { last, recent, sinceMs, state } = view;
  return markup`<h1 class="subject">Who can sign in where?</h1>
${searchForm("", "")}
<section aria-labelledby="state">
<h2 id="state">Present state</h2>
<div class="overview">
<div>
<p><span class="badge ${last.status}">${last.status}</span> Last run <a href="${href(["runs", last.runId])}">${moment(last.completedAt)}</a>, ${duration(sinceMs)} ago.</p>
<p class="answer">${verdict({ manifest: last, findings: null, groups: [] })}</p>
${view.isOverdue ? markup`<p class="warning"><strong>Warning:</strong> The next run is overdue, by the usual interval between runs. What changed since is unknown.</p>` : NOTHING}
${view.findings === null ? NOTHING : findingTiles(view.findings, "")}
${state === null ? markup`<p>No run has read the tenant yet.</p>` : coverage(state)}
</div>
${picture(recent.map(runSummary))}
</div>
</section>
${questions(view)}
<section aria-labelledby="runs">
<h2 id="runs">Recent runs</h2>
${runTable(recent.slice(-SHOWN_RUNS).toReversed())}
<p class="more"><a href="${href(["runs"])}">All ${counted(view.runs, "run")}</a></p>
</section>`;
}

function coverage({ runId, summary }: Manifest): Markup {
  const { failed, observed, requested } = summary.organizations;
  const unread =
    failed === 0
      ? markup`none unread`
      : markup`<a href="${href(["runs", runId])}#unread">${grouped(failed)} unread</a>`;
  return markup`<p class="coverage">${grouped(observed)} of ${counted(requested, "Organization")} read, ${unread}. ${counted(summary.connections, "enabled connection")}.</p>`;
}

function wrongNow({ open, waived }: FindingCounts): readonly [question: string, answer: Markup] {
  const total = Object.values(open).reduce((sum, count) => sum + count, 0);
  return [
    "What is wrong today, by our own policy, and what have we accepted?",
    markup`<a href="${href(["findings"])}">${counted(total, "open finding")}</a>, and <a href="${href(["findings"], { status: "waived" })}">${counted(waived, "waived one")}</a> with the reason and the date until when.`,
  ];
}

const SHOWN_SEVERITY: Severity = "high";

function questions({ breaks, findings, last, runs, state }: HomeView): Markup {
  const { failed } = (state ?? last).summary.organizations;
  const answers: readonly (readonly [question: string, answer: Markup])[] = [
    [
      "Which connections could people use to sign in to an Organization on a date?",
      markup`Search the Organization <a href="#q">above</a>, with the date.`,
    ],
    [
      "What changed between two dates? What widened access, and what locked people out?",
      markup`<a href="${href(["changes"])}">All changes</a>, or <a href="${href(["changes"], { severity: SHOWN_SEVERITY })}">those of high severity</a>, each with the reason.`,
    ],
    [
      "Which Organizations could not be read, and what is their last known state?",
      failed === 0
        ? markup`None: the last run read them all.`
        : markup`<a href="${href(["runs", (state ?? last).runId])}#unread">${counted(failed, "Organization")} in the last run</a>.`,
    ],
    [
      "Is the evidence complete and unaltered?",
      markup`${breaks === 0 ? `The ${counted(runs, "manifest")} are a chain without a break.` : `The chain of manifests has ${counted(breaks, "break")}.`} <a href="${href(["runs"])}#chain">How to check every byte</a>.`,
    ],
    [
      "What did the audit cost the tenant?",
      markup`${usageText(last.usage)} <a href="${href(["runs", last.runId])}#cost">Details</a>.`,
    ],
    ...(findings === null ? [] : [wrongNow(findings)]),
  ];
  return markup`<section aria-labelledby="questions">
<h2 id="questions">Questions</h2>
<dl class="answers">
${answers.map(([question, answer]) => markup`<div><dt>${question}</dt><dd>${answer}</dd></div>`)}
</dl>
</section>`;
}
