import type { ReportModel } from "../model.ts";
import { dashboardUrl } from "../text/dashboard.ts";
import type { Identified } from "../text/organization.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";

/** What names an Organization besides its own record. */
export type Naming = Pick<ReportModel, "manifest" | "displayNames">;

/**
 * An Organization's name, its display name where it differs, and its ID, which links to the Auth0 Dashboard. Names are
 * isolated, so their writing direction does not affect the text around them.
 */
export function organizationName({ organizationId, organizationName: name }: Identified, naming: Naming): Markup {
  const display = naming.displayNames.get(organizationId);
  const url = dashboardUrl(naming.manifest.domain, organizationId);
  const code = markup`<code>${organizationId}</code>`;
  const id = url === null ? code : markup`<a class="id" href="${url}" rel="noreferrer">${code}</a>`;
  const shown = display === undefined ? NOTHING : markup` <bdi class="soft">${display}</bdi>`;
  return markup`${name === null ? NOTHING : markup`<bdi>${name}</bdi>`}${shown} ${id}`;
}
