import { counted } from "../../domain/text.ts";
import type { ReportModel, UnreadOrganization } from "../model.ts";
import { lastKnownText } from "../wording.ts";
import { organizationName } from "./changes.ts";
import { type Markup, markup, NOTHING, within } from "./markup.ts";

/** UTF-8 bytes of the page that unread Organizations may take. */
const UNREAD_BYTES = 150_000;

/** What this run could not read, why, and what is last known of it. */
export function unread({ manifest, unread: organizations }: ReportModel): Markup {
  const { failed } = manifest.summary.organizations;
  const shown = within(UNREAD_BYTES, organizations, card);
  const rest = failed - shown.length;
  return markup`<section aria-labelledby="unread">
<h2 id="unread">Not read</h2>
<p>${introduction(manifest)}</p>
<div class="cards">
${shown.map((one) => one.markup)}
</div>
${rest > 0 ? markup`<p>And ${counted(rest, "more Organization")}: the <a href="#evidence">snapshot</a> has them all, with <code>"status":"failed"</code>.</p>` : NOTHING}
</section>`;
}

function introduction({ status, summary, error }: ReportModel["manifest"]): string {
  if (status === "failed") return `The run could not audit at all (${error?.code ?? "no reason was recorded"}).`;
  if (summary.organizations.failed === 0) return "Every Organization in scope was read.";
  return "Nothing is said of changes in these Organizations; their last known state is carried forward until they are read again.";
}

function card(one: UnreadOrganization): Markup {
  const { code, message, attempts } = one.failure;
  return markup`<article class="card">
<div class="title"><h3>${organizationName(one)}</h3></div>
<dl class="facts">
<div><dt>Why</dt><dd><code>${code}</code> ${message} (${counted(attempts, "attempt")})</dd></div>
<div><dt>Last known</dt><dd><bdi>${lastKnownText(one)}</bdi></dd></div>
</dl>
</article>`;
}
