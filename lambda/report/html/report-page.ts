import type { ReportModel } from "../model.ts";
import { changes } from "./changes.ts";
import { cost, evidence } from "./evidence.ts";
import { findings } from "./findings.ts";
import { markup, NOTHING } from "./markup.ts";
import { heading, overview, questions } from "./overview.ts";
import { page } from "./page.ts";
import { signIn } from "./sign-in.ts";
import { undone } from "./undone.ts";
import { unread } from "./unread.ts";
import { actors } from "./who.ts";

/** Renders report.html: one page that needs no other file, under 1 MB for any tenant. */
export function renderHtml(model: ReportModel): string {
  const { domain, runId, producer } = model.manifest;
  return page({
    title: `Audit of ${domain}, ${runId}`,
    body: markup`${heading(model)}
<main>
${overview(model)}
${questions(model)}
${undone(model)}
${findings(model)}
${changes(model)}
${actors(model)}
${hasUnread(model) ? unread(model) : NOTHING}
<div class="more">
${hasUnread(model) ? NOTHING : unread(model)}
${signIn(model)}
${cost(model)}
${evidence(model)}
</div>
</main>
<footer>
<nav aria-label="Other formats of this report"><ul>
<li><a href="../../index.html">All runs</a></li>
<li><a href="report.md">report.md</a></li>
<li><a href="report.json">report.json</a></li>
<li><a href="action-plan.csv">action-plan.csv</a></li>
<li><a href="findings.csv">findings.csv</a></li>
<li><a href="findings.ocsf.ndjson">findings.ocsf.ndjson</a></li>
<li><a href="changes.csv">changes.csv</a></li>
<li><a href="state.csv">state.csv</a></li>
<li><a href="changes.ocsf.ndjson">changes.ocsf.ndjson</a></li>
</ul></nav>
<p>Rendered from the stored evidence of run ${runId}, written by ${producer.name} ${producer.version}. All times are UTC.</p>
</footer>`,
  });
}

/** Without any, the section is one line, which needs no place of its own. */
function hasUnread({ manifest: { status, summary } }: ReportModel): boolean {
  return status === "failed" || summary.organizations.failed > 0;
}
