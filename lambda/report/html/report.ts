import type { ReportModel } from "../model.ts";
import { changes } from "./changes.ts";
import { cost, evidence } from "./evidence.ts";
import { markup } from "./markup.ts";
import { heading, inShort, overview } from "./overview.ts";
import { page } from "./page.ts";
import { signIn } from "./sign-in.ts";
import { unread } from "./unread.ts";

/** The report for people: one page that needs nothing else, under 1 MB whatever the tenant's size. */
export function renderHtml(model: ReportModel): string {
  const { domain, runId, producer } = model.manifest;
  return page({
    title: `Audit of ${domain}, ${runId}`,
    body: markup`${heading(model)}
<main>
${overview(model)}
${inShort(model)}
${changes(model)}
${unread(model)}
${signIn(model)}
${cost(model)}
${evidence(model)}
</main>
<footer>
<nav aria-label="Other forms of this report"><ul>
<li><a href="../../index.html">All runs</a></li>
<li><a href="report.md">report.md</a></li>
<li><a href="report.json">report.json</a></li>
<li><a href="changes.csv">changes.csv</a></li>
<li><a href="changes.ocsf.ndjson">changes.ocsf.ndjson</a></li>
</ul></nav>
<p>Rendered from the stored evidence of run ${runId}, which ${producer.name} ${producer.version} made. All times are UTC.</p>
</footer>`,
  });
}
