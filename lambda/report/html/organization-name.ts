import type { Identified } from "../text/organization.ts";
import { type Markup, markup } from "./markup.ts";

/** An Organization's name and ID. The name is isolated, so its writing direction does not affect the text around it. */
export function organizationName({ organizationId, organizationName: name }: Identified): Markup {
  const id = markup`<code>${organizationId}</code>`;
  return name === null ? id : markup`<bdi>${name}</bdi> ${id}`;
}
