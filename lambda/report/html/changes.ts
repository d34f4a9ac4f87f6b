import { SEVERITIES, type Severity } from "../../domain/change.ts";
import { counted, grouped } from "../../domain/text.ts";
import { byReasons, type ChangeGroup, changesInGroups } from "../change-groups.ts";
import type { ReportModel } from "../model.ts";
import { changesIn } from "../recent-runs.ts";
import { changePhrase, groupLine } from "../text/change-phrase.ts";
import { groupAuthors } from "../text/group-who.ts";
import { noChanges } from "../text/verdict.ts";
import { ownInterval, usualInterval } from "../text/when.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "./markup.ts";
import { organizationName } from "./organization-name.ts";
import { who } from "./who.ts";

/** UTF-8 bytes of the page for changes, and for the Organizations of one. */
const CHANGES_BYTES = 300_000;
const NAMES_BYTES = 30_000;
const SHOWN_REASONS = 8;
const CSV = markup`<a href="changes.csv">changes.csv</a> (large lists continue in changes-2.csv)`;

/** The changes by severity: the same change in many Organizations once, the same reasons once, one line a change. */
export function changes(model: ReportModel): Markup {
  const { manifest, groups } = model;
  const { severity } = manifest.summary;
  const total = changesIn(severity);
  const shown = within(CHANGES_BYTES, groups, (group) => markup`${reasons(group)}${item(group, model)}`).map(
    (one) => one.item,
  );
  const usual = usualInterval(model.changes, manifest);
  return markup`<section aria-labelledby="changes">
<h2 id="changes">Changes</h2>
${total === 0 ? markup`<p>${noChanges(manifest)}</p>` : NOTHING}
${contents(shown, severity)}
${usual === null ? NOTHING : markup`<p class="soft">${usual}</p>`}
${SEVERITIES.map((one) =>
  ofSeverity(
    one,
    shown.filter((group) => group.severity === one),
    model,
  ),
)}
${leftOut(total - changesInGroups(shown), CSV, "change")}
</section>`;
}

/** Links to each severity that there is; a single one needs none. */
function contents(shown: readonly ChangeGroup[], counts: Readonly<Record<Severity, number>>): Markup {
  const links = SEVERITIES.filter((one) => shown.some(({ severity }) => severity === one));
  if (links.length < 2) return NOTHING;
  return markup`<nav class="contents" aria-label="Changes by severity"><ul>
${links.map((one) => markup`<li><a href="#changes-${one}">${grouped(counts[one])} ${one}</a></li>`)}
</ul></nav>`;
}

function ofSeverity(severity: Severity, groups: readonly ChangeGroup[], model: ReportModel): Markup {
  if (groups.length === 0) return NOTHING;
  const count = model.manifest.summary.severity[severity];
  return markup`<div class="changes ${severity}">
<h3 id="changes-${severity}"><span class="badge ${severity}">${severity}</span> ${counted(count, "change")}</h3>
${byReasons(groups).map((alike) => markup`${alike.slice(0, 1).map(reasons)}<ul>${alike.map((group) => item(group, model))}</ul>`)}
</div>`;
}

function reasons({ first }: ChangeGroup): Markup {
  return markup`<p class="why">${first.reasons.slice(0, SHOWN_REASONS).map((reason) => markup`${reason} `)}</p>`;
}

function item(group: ChangeGroup, model: ReportModel): Markup {
  const { count, first } = group;
  if (count > 1) return markup`<li>${organizations(group, model)}</li>`;
  return markup`<li>${organizationName(first, model)}: <bdi>${changePhrase(first)}</bdi>${interval(group.changes, model)}${who(first, model)}</li>`;
}

function organizations(group: ChangeGroup, model: ReportModel): Markup {
  const { changes: listed, count } = group;
  const shown = within(
    NAMES_BYTES,
    listed,
    (change) => markup`<li>${organizationName(change, model)}${interval([change], model)}${who(change, model)}</li>`,
  );
  const authors = groupAuthors(group, model.attributions);
  return markup`<details><summary><bdi>${groupLine(group)}${authors === null ? "" : `, ${authors}`}</bdi></summary>
<ul>${shown.map((one) => one.markup)}</ul>
${leftOut(count - shown.length, CSV, "Organization")}
</details>`;
}

function interval(listed: ChangeGroup["changes"], { manifest }: ReportModel): Markup {
  const own = listed.flatMap((change) => ownInterval(change, manifest) ?? []);
  return own.length === 0 ? NOTHING : markup` <small>${own.slice(0, 1).join("")}</small>`;
}
