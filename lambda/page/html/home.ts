import type { Severity } from "../../domain/change.ts";
import { counted, duration, grouped, moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { FindingCounts } from "../../evidence/query/open-findings.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { picture } from "../../report/html/picture.ts";
import type { PresentState } from "../../report/present-state.ts";
import type { RunSummary } from "../../report/recent-runs.ts";
import { sinceText } from "../../report/text/present-state.ts";
import { usageText } from "../../report/text/usage.ts";
import { verdict } from "../../report/text/verdict.ts";
import type { RunRow } from "../folded-runs.ts";
import type { Happened } from "../happened.ts";
import { href } from "../links.ts";
import type { WhoSummary } from "../who-summary.ts";
import { findingTiles } from "./finding.ts";
import { runTable } from "./runs.ts";
import { searchForm } from "./search.ts";
import { logsSentence } from "./temporary.ts";

const SHOWN_RUNS = 8;
const PERIOD = "the last 30 days";

/** What the first page shows. */
export interface HomeView {
  /** Oldest first, not empty. */
  readonly charted: readonly RunSummary[];
  /** Newest first. */
  readonly rows: readonly RunRow[];
  /** The last one of any status. */
  readonly last: Manifest;
  readonly happened: Happened;
  /** The last run over the whole tenant, and what came after it. */
  readonly present: PresentState;
  /** What the last 30 days say of who made the changes; `since` is their first day. */
  readonly who: WhoSummary;
  readonly since: string;
  /** The last run that was not an update, and the updates of the last 30 days. */
  readonly costly: Manifest;
  readonly updates: { readonly runs: number; readonly requests: number };
  /** Null when no run judged the state. */
  readonly findings: FindingCounts | null;
  /** Milliseconds since the last run was completed. */
  readonly sinceMs: number;
  /** More than 1.5 times the usual interval went by since the last run that was not an update. */
  readonly isOverdue: boolean;
  readonly runs: number;
  readonly breaks: number;
}

/** The first page: the present state, a search, and where each question is answered. */
export function homeBody(view: HomeView): Markup {
  const { charted, happened, last, present, rows, sinceMs } = view;
  return markup`<h1 class="subject">Who can sign in where?</h1>
${searchForm("", "")}
<section aria-labelledby="state">
<h2 id="state">Present state</h2>
<div class="overview">
<div>
<p><span class="badge ${last.status}">${last.status}</span> Last ${last.kind === "update" ? "update" : "run"} <a href="${href(["runs", last.runId])}">${moment(last.completedAt)}</a>, ${duration(sinceMs)} ago.</p>
<p class="answer"><bdi>${verdict({ manifest: last, findings: null, ...happened })}</bdi></p>
${view.isOverdue ? markup`<p class="warning"><strong>Warning:</strong> The next run is overdue, by the usual interval between runs. What changed since is unknown.</p>` : NOTHING}
${view.findings === null ? NOTHING : findingTiles(view.findings, "")}
${present.sweep === null ? markup`<p>No run has read the tenant yet.</p>` : coverage(present, present.sweep)}
</div>
${picture(charted)}
</div>
</section>
${questions(view)}
<section aria-labelledby="runs">
<h2 id="runs">Recent runs</h2>
${runTable(rows.slice(0, SHOWN_RUNS))}
<p class="more"><a href="${href(["runs"])}">All ${counted(view.runs, "run")}</a></p>
</section>`;
}

function coverage(present: PresentState, { connections, organizations, runId }: RunSummary): Markup {
  const { failed, observed, requested } = organizations;
  const unread =
    failed === 0
      ? markup`none unread`
      : markup`<a href="${href(["runs", runId])}#unread">${grouped(failed)} unread</a>`;
  const since = sinceText(present);
  const updates = since === null ? NOTHING : markup`\n<p class="reason">${since}</p>`;
  return markup`<p class="coverage">${grouped(observed)} of ${counted(requested, "Organization")} read, ${unread}. ${counted(connections, "enabled connection")}.</p>${updates}`;
}

function wrongNow({ open, waived }: FindingCounts): readonly [question: string, answer: Markup] {
  const total = Object.values(open).reduce((sum, count) => sum + count, 0);
  return [
    "What is wrong today, by our own policy, and what have we accepted?",
    markup`<a href="${href(["findings"])}">${counted(total, "open finding")}</a>, and <a href="${href(["findings"], { status: "waived" })}">${counted(waived, "waived one")}</a> with the reason and, if it has one, the end date.`,
  ];
}

const SHOWN_SEVERITY: Severity = "high";

/** Which Organizations the last run over the tenant could not read, and the newest update. */
function unreadNow({ since: { runs, unread }, sweep }: PresentState): Markup {
  if (sweep === null) return markup`No run has read the tenant yet.`;
  const { failed } = sweep.organizations;
  const whole = runs === 0 ? "the last run" : "the last run over the whole tenant";
  const inSweep =
    failed === 0
      ? markup`None: ${whole} read them all.`
      : markup`<a href="${href(["runs", sweep.runId])}#unread">${counted(failed, "Organization")} in ${whole}</a>.`;
  const inUpdate =
    runs === 0 || (failed === 0 && unread === 0)
      ? ""
      : ` ${unread === 0 ? "The newest update read all that it asked for." : `The newest update could not read ${grouped(unread)}.`}`;
  return markup`${inSweep}${inUpdate}`;
}

/** How sure it is who made the changes of the last days. */
function authors({ attribution, runs, withLogs }: WhoSummary, since: string): Markup {
  if (runs > 0 && withLogs === 0)
    return markup`Unknown: the tenant's logs were not read. Grant the scope read:logs to see who makes changes.`;
  const { certain, likely, none } = attribution;
  const sure = [`${grouped(certain)} certain`, `${grouped(likely)} likely`, `${grouped(none)} unknown`].join(", ");
  const total = certain + likely + none;
  return markup`<a href="${href(["changes"], { since })}#recorded">${counted(total, "change")} in ${PERIOD}</a>${total === 0 ? "." : `: ${sure}. Each says by whom, from where and with which application.`}`;
}

/** What opened and closed again in the last days. */
function temporary({ undone, withLogs, ...who }: WhoSummary, since: string): Markup {
  const limit = logsSentence({ undone, withLogs, ...who }, `in ${PERIOD}`);
  if (withLogs === 0) return markup`${limit}`;
  const found = undone === 0 ? "No temporary change" : counted(undone, "temporary change");
  return markup`<a href="${href(["changes"], { since })}#undone">${found} in ${PERIOD}</a>. ${limit}`;
}

/** What the last run over the tenant cost, and the updates of the last days. */
function cost({ costly, updates }: HomeView): Markup {
  const others =
    updates.runs === 0
      ? ""
      : ` ${counted(updates.runs, "update")} in ${PERIOD}: ${counted(updates.requests, "request")}.`;
  return markup`${usageText(costly.usage)} <a href="${href(["runs", costly.runId])}#cost">Details</a>.${others}`;
}

function questions(view: HomeView): Markup {
  const { breaks, findings, present, runs, since, who } = view;
  const answers: readonly (readonly [question: string, answer: Markup])[] = [
    [
      "Which connections could people use to sign in to an Organization on a date?",
      markup`Search the Organization <a href="#q">above</a>, with the date.`,
    ],
    [
      "What changed between two dates? What widened access, and what locked people out?",
      markup`<a href="${href(["changes"])}">All changes</a>, or <a href="${href(["changes"], { severity: SHOWN_SEVERITY })}">those of high severity</a>, each with the reason.`,
    ],
    ["Which Organizations could not be read, and what is their last known state?", unreadNow(present)],
    [
      "Is the evidence complete and unaltered?",
      markup`${breaks === 0 ? `The ${counted(runs, "manifest")} are a chain without a break.` : `The chain of manifests has ${counted(breaks, "break")}.`} <a href="${href(["runs"])}#chain">How to check every byte</a>.`,
    ],
    ["What did the audit cost the tenant?", cost(view)],
    ...(findings === null ? [] : [wrongNow(findings)]),
    ["Who changed it, from where, with which application, and how sure is that?", authors(who, since)],
    ["Did anything open and close again between two looks?", temporary(who, since)],
  ];
  return markup`<section aria-labelledby="questions">
<h2 id="questions">Questions</h2>
<dl class="answers">
${answers.map(([question, answer]) => markup`<div><dt>${question}</dt><dd>${answer}</dd></div>`)}
</dl>
</section>`;
}
