import { connectionKind } from "../../domain/connection-kind.ts";
import type { ConnectionId } from "../../domain/identifiers.ts";
import { counted, moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { ConnectionUse, ConnectionUses } from "../../evidence/query/connection-use.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { UNKNOWN } from "../../report/text/organization.ts";
import { href } from "../links.ts";
import { dateForm, organizationLink, pager, SETTINGS_HEAD, settingsCells, shownText } from "./parts.ts";

/** What the page of a connection shows. */
export interface ConnectionView {
  readonly connectionId: ConnectionId;
  readonly at: string;
  /** The run whose state it is. */
  readonly manifest: Manifest;
  readonly uses: ConnectionUses;
}

/** The page of a connection: every Organization that has it enabled. */
export function connectionBody({ at, connectionId, manifest, uses: { before, total, uses } }: ConnectionView): Markup {
  const [first] = uses;
  const last = uses.at(-1);
  const path = ["connections", connectionId];
  const strategy = first?.connection.strategy ?? null;
  const kind =
    first === undefined ? NOTHING : markup`<span>${strategy ?? UNKNOWN} (${connectionKind(strategy)})</span>`;
  const links = [
    ...(before > 0 ? [{ label: "First page", to: href(path, { at }) }] : []),
    ...(last !== undefined && before + uses.length < total
      ? [{ label: "Next page", to: href(path, { at, after: last.organization.organizationId }) }]
      : []),
  ];
  return markup`<h1 class="subject"><bdi>${first?.connection.name ?? connectionId}</bdi></h1>
<p class="names">${kind}<span><code>${connectionId}</code></span></p>
<p class="answer">${total === 0 ? "No Organization has it enabled." : `${counted(total, "Organization has", "Organizations have")} it enabled.`}</p>
<p class="when">As of run <a href="${href(["runs", manifest.runId])}">${manifest.runId}</a>, completed ${moment(manifest.completedAt)}.</p>
${dateForm(path, at)}
${uses.length === 0 ? NOTHING : table(uses, at, shownText(before, uses.length, total))}
${pager(links)}`;
}

function table(uses: readonly ConnectionUse[], at: string, shown: string): Markup {
  return markup`<section aria-labelledby="organizations">
<h2 id="organizations">Organizations</h2>
<table>
<caption>${shown}, by ID. The settings belong to the Organization, not to the connection.</caption>
<thead><tr><th scope="col">Organization</th>${SETTINGS_HEAD}</tr></thead>
<tbody>
${uses.map(({ connection, observedAt, organization }) => markup`<tr><th scope="row">${organizationLink(organization, { at })}${organization.status === "failed" ? markup`<br><small>not read; last read ${moment(observedAt)}</small>` : NOTHING}</th>${settingsCells(connection)}</tr>`)}
</tbody>
</table>
</section>`;
}
