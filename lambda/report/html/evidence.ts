import type { ObjectKey } from "../../domain/identifiers.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { EvidenceFile } from "../../evidence/format/manifest.ts";
import { evidenceText } from "../answers.ts";
import type { ReportModel } from "../model.ts";
import { costRows } from "../wording.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";

const SHOWN_FILES = 20;

/** What the audit cost the tenant. */
export function cost({ manifest }: ReportModel): Markup {
  return markup`<section aria-labelledby="cost">
<h2 id="cost">Cost</h2>
<table>
<thead><tr><th scope="col">What the audit took from the tenant</th><th scope="col" class="number">Amount</th></tr></thead>
<tbody>
${costRows(manifest).map(([label, value]) => markup`<tr><th scope="row">${label}</th><td class="number">${value}</td></tr>`)}
</tbody>
</table>
</section>`;
}

/** The files that the report was made of, and how they hold together. */
export function evidence(model: ReportModel): Markup {
  const { manifest } = model;
  const shown = manifest.files.slice(0, SHOWN_FILES);
  const rest = manifest.files.length - shown.length;
  return markup`<section aria-labelledby="evidence">
<h2 id="evidence">Evidence</h2>
<p>${evidenceText(model)}</p>
<table>
<thead><tr><th scope="col">File</th><th scope="col" class="number">Rows</th></tr></thead>
<tbody>
<tr><th scope="row">manifest: ${link(manifest.key)}</th><td class="number">1</td></tr>
${shown.map(file)}
</tbody>
</table>
${rest > 0 ? markup`<p>And ${counted(rest, "more file")}: the manifest names them all.</p>` : NOTHING}
</section>`;
}

function file({ role, key, rows, sha256 }: EvidenceFile): Markup {
  return markup`<tr><th scope="row">${role}: ${link(key)}<br><small>SHA-256 of the content <code>${sha256}</code></small></th><td class="number">${grouped(rows)}</td></tr>`;
}

/** From a run's report, four folders below the format's version, to another object of the same store. */
function link(key: ObjectKey): Markup {
  return markup`<a href="${key.replace(/^[^/]+/, "../../../..")}">${key}</a>`;
}
