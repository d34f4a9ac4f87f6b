import { plain } from "../domain/text.ts";
import type { Identified } from "./text/organization.ts";

/** Escapes text for a Markdown paragraph or table cell: no markup, link, mention or image remains. */
export function markdown(text: string): string {
  return (
    plain(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll(/[\\`*_{}[\]#!|~$]/g, "\\$&")
      // GitHub and chat tools turn these into mentions and links even without markup.
      .replaceAll("@", "&#64;")
      .replaceAll(/:(?=\/\/)/g, "&#58;")
      .replaceAll(/\bwww\./gi, (match) => match.replace(".", "&#46;"))
  );
}

/** An Organization's name and ID. */
export function organizationText({ organizationId, organizationName }: Identified): string {
  const id = `\`${organizationId.replaceAll(/[^A-Za-z0-9_-]/g, "?")}\``;
  return organizationName === null ? id : `**${markdown(organizationName)}** (${id})`;
}
