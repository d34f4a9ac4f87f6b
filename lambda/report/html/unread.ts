import { counted } from "../../domain/text.ts";
import type { ReportModel, UnreadOrganization } from "../model.ts";
import { lastKnownText, UNREAD_NOTE } from "../text/organization.ts";
import { leftOut, type Markup, markup, within } from "./markup.ts";
import { type Naming, organizationName } from "./organization-name.ts";

/** UTF-8 bytes of the page for unread Organizations. */
const UNREAD_BYTES = 150_000;

/** The Organizations that this run could not read, each with the reason and its last known state. */
export function unread(model: ReportModel): Markup {
  const { manifest, unread: organizations } = model;
  const shown = within(UNREAD_BYTES, organizations, (one) => card(one, model));
  const snapshot = markup`the lines of the <a href="#evidence">snapshot</a> with <code>"status":"failed"</code>`;
  return markup`<section aria-labelledby="unread">
<h2 id="unread">Unread Organizations</h2>
<p>${introduction(manifest)}</p>
<div class="cards">
${shown.map((one) => one.markup)}
</div>
${leftOut(manifest.summary.organizations.failed - shown.length, snapshot, "Organization")}
</section>`;
}

function introduction({ status, summary, error }: ReportModel["manifest"]): string {
  if (status === "failed")
    return `The run failed (${error?.code ?? "no reason was recorded"}), so no Organization was read.`;
  return summary.organizations.failed === 0 ? "Every Organization in scope was read." : UNREAD_NOTE;
}

function card(one: UnreadOrganization, naming: Naming): Markup {
  const { code, message, attempts } = one.failure;
  return markup`<article class="card">
<div class="title"><h3>${organizationName(one, naming)}</h3></div>
<dl class="facts">
<div><dt>Reason</dt><dd><code>${code}</code> ${message} (${counted(attempts, "attempt")})</dd></div>
<div><dt>Last known</dt><dd><bdi>${lastKnownText(one)}</bdi></dd></div>
</dl>
</article>`;
}
