import { asStarted } from "../../domain/commands.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { moment } from "../../domain/text.ts";
import { type Markup, markup, trusted } from "../../report/html/markup.ts";
import { UNKNOWN } from "../../report/text/organization.ts";
import { certaintyText } from "../../report/text/state.ts";
import { href } from "../links.ts";
import type { OrganizationView } from "./organization-view.ts";

/** What proves the state, and a text to put into a ticket. */
export function proof(view: OrganizationView): Markup {
  const { manifest, sha256 } = view.observedIn;
  return markup`<section aria-labelledby="evidence">
<h2 id="evidence">Evidence</h2>
<dl class="facts">
<div><dt>Run</dt><dd><a href="${href(["runs", manifest.runId])}">${manifest.runId}</a>, completed ${moment(manifest.completedAt)}</dd></div>
<div><dt>Manifest</dt><dd><code>${manifest.key}</code></dd></div>
<div><dt>SHA-256 of the manifest</dt><dd><code>${sha256 ?? "unknown"}</code></dd></div>
</dl>
<p>
<label for="copy">Copy as evidence</label>
<textarea id="copy" readonly rows="12">${joined(proofLines(view))}</textarea>
</p>
</section>`;
}

/** The lines of the text, each escaped by itself: a line feed is part of the text, unlike one in a name. */
function joined(lines: readonly string[]): Markup {
  return trusted(lines.map((line) => markup`${line}`.text).join("\n"));
}

function proofLines(view: OrganizationView): readonly string[] {
  const { asked, observedIn, organizationDisplayName, organizationId, organizationName, state } = view;
  const { manifest, sha256 } = observedIn;
  const names = [organizationName, organizationDisplayName].filter(Boolean).join(", ");
  return [
    `Connections of Organization ${organizationId}${names === "" ? "" : ` (${names})`} in ${manifest.domain}`,
    certaintyText(state, asked),
    ...(state.enabledConnections?.map(connectionLine) ?? []),
    ...(state.enabledConnections?.length === 0 ? ["No connection is enabled."] : []),
    "",
    `Run: ${manifest.runId} (${manifest.status}), completed ${moment(manifest.completedAt)}`,
    `Manifest: ${manifest.key}`,
    `SHA-256 of the manifest: ${sha256 ?? "unknown"}`,
    `To check: ${asStarted("npm run evidence --")} verify --tenant ${manifest.tenant}${sha256 === null ? "" : ` --anchor ${sha256}`}`,
    `To ask again: ${asStarted("npm run evidence --")} show --tenant ${manifest.tenant} --at ${state.manifest.runId} --organization ${organizationId}`,
  ];
}

function connectionLine(connection: EnabledConnection): string {
  const { assignMembershipOnLogin, connectionId, isSignupEnabled, name, showAsButton, strategy } = connection;
  const flag = (isOn: boolean) => (isOn ? "on" : "off");
  return `- ${name ?? UNKNOWN} (${strategy ?? UNKNOWN}, ${connectionId}): membership on authentication ${flag(assignMembershipOnLogin)}, sign-up ${flag(isSignupEnabled)}, button ${showAsButton ? "shown" : "hidden"}`;
}
