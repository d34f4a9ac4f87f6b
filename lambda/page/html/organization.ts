import { counted } from "../../domain/text.ts";
import type { OrganizationState } from "../../evidence/query/state.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { connectionLabel } from "../../report/text/organization.ts";
import { certaintyText, nextText } from "../../report/text/state.ts";
import { UNDONE_NOTE, UNDONE_TITLE } from "../../report/text/undone.ts";
import { dashboardUrl, href } from "../links.ts";
import { findingItem } from "./finding.ts";
import type { OrganizationView } from "./organization-view.ts";
import {
  connectionLink,
  dateForm,
  isOpenMembership,
  pager,
  SETTINGS_HEAD,
  settingsCells,
  strategyText,
  titleOf,
} from "./parts.ts";
import { proof } from "./proof.ts";
import { temporaryList } from "./temporary.ts";
import { timeline } from "./timeline.ts";

/** The page of an Organization: who can sign in, what happened, and what proves it. */
export function organizationBody(view: OrganizationView): Markup {
  const { at, organizationId, state } = view;
  const path = ["organizations", organizationId];
  return markup`<h1 class="subject"><bdi>${titleOf(view)}</bdi></h1>
${identity(view)}
<p class="answer"><bdi>${answer(state)}</bdi></p>
<p class="when">${certaintyText(state, view.asked)} ${nextText(state)}</p>
${dateForm(path, at)}
${connections(view)}
${wrong(view)}
${temporary(view)}
<section aria-labelledby="timeline">
<h2 id="timeline">What happened</h2>
${timeline(view)}
${pager(timelineLinks(view))}
</section>
${proof(view)}`;
}

function identity({ organizationDisplayName, organizationId, organizationName, state }: OrganizationView): Markup {
  const url = dashboardUrl(state.manifest.domain, organizationId);
  const name =
    organizationDisplayName && organizationName ? markup`<span><bdi>${organizationName}</bdi></span>` : NOTHING;
  const dashboard =
    url === null ? NOTHING : markup`<span><a href="${url}" rel="noreferrer">Open in the Auth0 Dashboard</a></span>`;
  return markup`<p class="names">${name}<span><code>${organizationId}</code></span>${dashboard}</p>`;
}

/** A sentence names at most this many connections. */
const NAMED = 3;

/** The state in one sentence. */
function answer({ certainty, enabledConnections }: OrganizationState): string {
  if (certainty.kind === "absent")
    return certainty.isWholeTenantKnown
      ? "It is not in the tenant: no one can sign in to it."
      : "Its state is unknown.";
  if (certainty.kind === "deleted") return "It was deleted: no one can sign in to it.";
  if (enabledConnections === null) return "It was never read: who can sign in is unknown.";
  const before = certainty.kind === "carried" ? "Not read. When it was last read, people" : "People";
  const could = certainty.kind === "carried" ? "could" : "can";
  if (enabledConnections.length === 0)
    return certainty.kind === "carried"
      ? "Not read. When it was last read, no connection was enabled."
      : "No one can sign in: no connection is enabled.";
  const open = enabledConnections.filter((one) => one.isSignupEnabled || isOpenMembership(one)).length;
  const named = enabledConnections.slice(0, NAMED).map(connectionLabel).join(", ");
  const rest = enabledConnections.length - NAMED;
  const join =
    open === 0 ? "" : ` ${open === 1 ? "One of them lets" : `${open} of them let`} people in without an invitation.`;
  return `${before} ${could} sign in through ${counted(enabledConnections.length, "connection")}: ${named}${rest > 0 ? ` and ${rest} more` : ""}.${join}`;
}

function connections({ at, state }: OrganizationView): Markup {
  const { enabledConnections } = state;
  if (enabledConnections === null || enabledConnections.length === 0) return NOTHING;
  return markup`<section aria-labelledby="connections">
<h2 id="connections">Enabled connections</h2>
<table>
<thead><tr><th scope="col">Connection</th>${SETTINGS_HEAD}</tr></thead>
<tbody>
${enabledConnections.map(
  (one) =>
    markup`<tr><th scope="row">${connectionLink(one, { at })}<br>${strategyText(one.strategy)}</th>${settingsCells(one)}</tr>`,
)}
</tbody>
</table>
<p class="reason">Membership: Membership On Authentication, everyone who signs in becomes a member. Sign-up: people can create an account. Button: shown on the sign-in page.</p>
</section>`;
}

function wrong({ at, judged: { findings, run }, rules }: OrganizationView): Markup {
  if (run === null) return NOTHING;
  const open = findings.filter(({ status }) => status === "open").length;
  const others = findings.length - open;
  const sentence =
    run.policy === null
      ? `Run ${run.runId} recorded no findings: an earlier version made it.`
      : `${open === 0 ? "Nothing is open" : `${counted(open, "open finding")}`}${others === 0 ? "" : `; ${others} waived or not evaluated`}.`;
  return markup`<section aria-labelledby="findings">
<h2 id="findings">What is wrong</h2>
<p>${sentence}</p>
<ul class="line">
${findings.map((one) => findingItem(one, rules, { at, isNamed: false }))}
</ul>
</section>`;
}

/** What opened and closed again in the runs of the timeline, newest first: no recorded state shows it. */
function temporary({ entries }: OrganizationView): Markup {
  const all = entries
    .flatMap((one) =>
      one.kind === "undone" ? [{ ...one.undone, operation: one.operation, undoing: one.undoing }] : [],
    )
    .reverse();
  if (all.length === 0) return NOTHING;
  return markup`<section aria-labelledby="undone">
<h2 id="undone">${UNDONE_TITLE}</h2>
<p>${UNDONE_NOTE}</p>
${temporaryList(all, { isNamed: false })}
</section>`;
}

function timelineLinks({ at, organizationId, timeline: { earlier, later } }: OrganizationView) {
  const to = (until: string) => href(["organizations", organizationId], { at, until });
  return [
    ...(later === null ? [] : [{ label: "Later runs", to: to(later) }]),
    ...(earlier === null
      ? []
      : [
          { label: "Earlier runs", to: to(earlier) },
          { label: "All runs", to: href(["organizations", organizationId], { at, until: "all" }) },
        ]),
  ];
}
