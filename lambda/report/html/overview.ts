import { counted, grouped, moment } from "../../domain/text.ts";
import type { ReportModel } from "../model.ts";
import { timeOfRun } from "../recent-runs.ts";
import { marksNew } from "../text/finding.ts";
import { notices } from "../text/notices.ts";
import { answeredQuestions } from "../text/questions.ts";
import { isCompared, verdict } from "../text/verdict.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import { picture } from "./picture.ts";
import { tiles } from "./tiles.ts";

const SHOWN_WARNINGS = 5;

/** The head of the page: the tenant, the verdict, the time of the run and its warnings. */
export function heading(model: ReportModel): Markup {
  const { manifest } = model;
  const { domain, status, runId, baseline } = manifest;
  const time = timeOfRun(manifest);
  const compared = baseline === null ? NOTHING : markup`, compared with run ${baseline.runId}`;
  return markup`<header>
<p class="eyebrow"><span>Auth0 Organization audit</span> <a href="../../index.html">All runs</a></p>
<h1><bdi>${domain}</bdi></h1>
<p class="verdict">${verdict(model)}</p>
<p class="when"><span class="badge ${status}">${status}</span> <time datetime="${time}">${moment(time)}</time>. Run ${runId}${compared}.</p>
${notices(manifest)
  .slice(0, SHOWN_WARNINGS)
  .map((warning) => markup`<p class="warning"><strong>Warning:</strong> ${warning}</p>`)}
</header>`;
}

/** The first screen: open findings and changes by severity, coverage and a chart of recent runs. */
export function overview(model: ReportModel): Markup {
  const { findings, manifest, recent } = model;
  const { summary } = manifest;
  const fresh = marksNew(model) ? findings?.newBySeverity : undefined;
  // Without findings or a comparison, a zero would claim that nothing is wrong or nothing changed.
  return markup`<section class="overview" aria-label="Overview">
<div>
${tiles("Open findings", findings && summary.findings.open, fresh)}
${tiles("Changes", isCompared(manifest) ? summary.severity : null)}
${coverage(summary)}
</div>
${picture(recent.runs)}
</section>`;
}

function coverage({ organizations, connections }: ReportModel["manifest"]["summary"]): Markup {
  const { requested, observed, failed, deleted } = organizations;
  if (requested === 0) return markup`<p class="coverage">No Organization was read.</p>`;
  const width = (count: number) => Math.round((count / requested) * 10_000) / 10;
  return markup`<div class="coverage">
<svg aria-hidden="true" viewBox="0 0 1000 10" preserveAspectRatio="none"><rect class="idle" width="1000" height="10"/><rect class="complete" width="${width(observed + deleted)}" height="10"/><rect class="unread" x="${width(observed + deleted)}" width="${width(failed)}" height="10"/></svg>
<p><strong>${grouped(observed)}</strong> of ${counted(requested, "Organization")} read, <strong>${grouped(failed)}</strong> unread, ${grouped(deleted)} deleted. ${counted(connections, "enabled connection")}.</p>
</div>`;
}

/** The most common questions, each with its answer and a link to the details. */
export function questions(model: ReportModel): Markup {
  return markup`<section aria-labelledby="summary">
<h2 id="summary">Summary</h2>
<dl class="answers">
${answeredQuestions(model).map(({ question, answer, section }) => markup`<div><dt><a href="#${section}">${question}</a></dt><dd>${answer}</dd></div>`)}
</dl>
</section>`;
}
