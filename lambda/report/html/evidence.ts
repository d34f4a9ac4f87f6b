import type { ObjectKey } from "../../domain/identifiers.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { EvidenceFile } from "../../evidence/format/manifest.ts";
import type { ReportModel } from "../model.ts";
import { usageRows } from "../text/usage.ts";
import { leftOut, type Markup, markup } from "./markup.ts";

const SHOWN_FILES = 20;

/** What the audit cost the tenant. */
export function cost({ manifest }: ReportModel): Markup {
  const rows = usageRows(manifest.usage);
  return markup`<section aria-labelledby="cost">
<h2 id="cost">Cost</h2>
<details><summary>${counted(manifest.usage.requests, "request")}: all figures</summary>
<table>
<thead><tr><th scope="col">Usage of the tenant's Management API</th><th scope="col" class="number">Amount</th></tr></thead>
<tbody>
${rows.map(([label, value]) => markup`<tr><th scope="row">${label}</th><td class="number">${value}</td></tr>`)}
</tbody>
</table>
</details>
</section>`;
}

/** The files that the report was rendered from, with their hashes. */
export function evidence({ manifest }: ReportModel): Markup {
  const shown = manifest.files.slice(0, SHOWN_FILES);
  return markup`<section aria-labelledby="evidence">
<h2 id="evidence">Evidence</h2>
<details><summary>${counted(manifest.files.length + 1, "file")} and their hashes</summary>
<table>
<thead><tr><th scope="col">File</th><th scope="col" class="number">Rows</th></tr></thead>
<tbody>
<tr><th scope="row">manifest: ${link(manifest.key)}</th><td class="number">1</td></tr>
${shown.map(file)}
</tbody>
</table>
${leftOut(manifest.files.length - shown.length, markup`the manifest`, "file")}
</details>
</section>`;
}

function file({ role, key, rows, sha256 }: EvidenceFile): Markup {
  return markup`<tr><th scope="row">${role}: ${link(key)}<br><small>SHA-256 of the content <code>${sha256}</code></small></th><td class="number">${grouped(rows)}</td></tr>`;
}

/** A relative link to an object of the same store. A report is four folders below the format version's folder. */
function link(key: ObjectKey): Markup {
  return markup`<a href="${key.replace(/^[^/]+/, "../../../..")}">${key}</a>`;
}
