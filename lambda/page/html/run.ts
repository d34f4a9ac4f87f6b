import { SEVERITIES } from "../../domain/change.ts";
import type { OrganizationId, RunId, Sha256 } from "../../domain/identifiers.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import type { EvidenceFile, Manifest } from "../../evidence/format/manifest.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "../../report/html/markup.ts";
import type { UnreadOrganization } from "../../report/model.ts";
import { notices } from "../../report/text/notices.ts";
import { failureText, lastKnownText, UNREAD_NOTE } from "../../report/text/organization.ts";
import { usageRows } from "../../report/text/usage.ts";
import { isCompared, verdict } from "../../report/text/verdict.ts";
import type { Happened } from "../happened.ts";
import { href } from "../links.ts";
import { organizationLink, pager } from "./parts.ts";

const UNREAD_BYTES = 200_000;
const SHOWN_FILES = 20;
const SHOWN_WARNINGS = 5;

/** What the page of a run shows. */
export interface RunView {
  readonly manifest: Manifest;
  readonly sha256: Sha256 | null;
  /** For its headline. */
  readonly happened: Happened;
  /** At most as many as a page shows, past `after`. */
  readonly unread: readonly UnreadOrganization[];
  readonly nextUnread: OrganizationId | null;
}

/** The page of a run: what it read, what it could not read, what it cost, and what it stored. */
export function runBody(view: RunView): Markup {
  const { manifest } = view;
  const { completedAt, runId, startedAt, status, summary } = manifest;
  const { deleted, failed, observed, requested } = summary.organizations;
  return markup`<h1 class="subject">Run ${runId}</h1>
<p class="answer"><bdi>${verdict({ manifest, findings: null, ...view.happened })}</bdi></p>
<p class="when"><span class="badge ${status}">${status}</span> ${moment(startedAt)} to ${moment(completedAt)}</p>
${notices(manifest)
  .slice(0, SHOWN_WARNINGS)
  .map((warning) => markup`<p class="warning"><strong>Warning:</strong> ${warning}</p>`)}
${tiles(manifest)}
${requested === 0 ? NOTHING : markup`<p class="coverage"><strong>${grouped(observed)}</strong> of ${counted(requested, "Organization")} read, <strong>${grouped(failed)}</strong> unread, ${grouped(deleted)} deleted.</p>`}
${unread(view)}
${cost(manifest)}
${stored(view)}`;
}

function tiles(manifest: Manifest): Markup {
  const { completedAt, summary } = manifest;
  if (!isCompared(manifest)) return NOTHING;
  const to = (severity: string) => href(["changes"], { since: completedAt, until: completedAt, severity });
  return markup`<p id="severities" class="when">Changes that this run recorded, by severity</p>
<ul class="tiles" aria-labelledby="severities">
${SEVERITIES.map((one) => markup`<li class="${summary.severity[one] > 0 ? `some ${one}` : one}"><a href="${to(one)}"><b>${grouped(summary.severity[one])}</b> ${one}</a></li>`)}
</ul>`;
}

function unread({ manifest, nextUnread, unread: all }: RunView): Markup {
  const { failed } = manifest.summary.organizations;
  const shown = within(UNREAD_BYTES, all, (one) => unreadRow(one, manifest.runId));
  const last = shown.at(-1)?.item.organizationId ?? null;
  const next = shown.length < all.length || nextUnread !== null ? last : null;
  return markup`<section aria-labelledby="unread">
<h2 id="unread">Unread Organizations</h2>
<p>${manifest.status === "failed" ? "The run failed, so no Organization was read." : failed === 0 ? "Every Organization in scope was read." : UNREAD_NOTE}</p>
<ul class="list">
${shown.map((one) => one.markup)}
</ul>
${pager(next === null ? [] : [{ label: "More unread Organizations", to: href(["runs", manifest.runId], { after: next }) }])}
</section>`;
}

function unreadRow(one: UnreadOrganization, runId: RunId): Markup {
  return markup`<li>${organizationLink(one, { at: runId })}
<p class="reason">Not read: <bdi>${failureText(one.failure)}</bdi> Last known: <bdi>${lastKnownText(one)}</bdi></p></li>`;
}

function cost({ usage }: Manifest): Markup {
  return markup`<section aria-labelledby="cost">
<h2 id="cost">Cost</h2>
<table>
<thead><tr><th scope="col">Usage of the tenant's Management API</th><th scope="col" class="number">Amount</th></tr></thead>
<tbody>
${usageRows(usage).map(([label, value]) => markup`<tr><th scope="row">${label}</th><td class="number">${value}</td></tr>`)}
</tbody>
</table>
</section>`;
}

function stored({ manifest, sha256 }: RunView): Markup {
  const { files, key, previous, producer } = manifest;
  const shown = files.slice(0, SHOWN_FILES);
  const before =
    previous === null
      ? markup`none: it is the tenant's first`
      : markup`<a href="${href(["runs", previous.runId])}">${previous.runId}</a>, SHA-256 <code>${previous.sha256}</code>`;
  return markup`<section aria-labelledby="evidence">
<h2 id="evidence">Evidence</h2>
<dl class="facts">
<div><dt>Manifest</dt><dd><code>${key}</code></dd></div>
<div><dt>SHA-256 of the manifest</dt><dd><code>${sha256 ?? "unknown"}</code></dd></div>
<div><dt>Manifest before it</dt><dd>${before}</dd></div>
<div><dt>Written by</dt><dd>${producer.name} ${producer.version}</dd></div>
</dl>
<table>
<thead><tr><th scope="col">File</th><th scope="col" class="number">Rows</th></tr></thead>
<tbody>
${shown.map(file)}
</tbody>
</table>
${leftOut(files.length - shown.length, markup`the manifest`, "file")}
</section>`;
}

function file({ key, role, rows, sha256 }: EvidenceFile): Markup {
  return markup`<tr><th scope="row">${role}: <code>${key}</code><br><small>SHA-256 of the content <code>${sha256}</code></small></th><td class="number">${grouped(rows)}</td></tr>`;
}
