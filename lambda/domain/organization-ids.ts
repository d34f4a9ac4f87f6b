import { ConfigurationError } from "./errors.ts";
import type { OrganizationId } from "./identifiers.ts";
import { compareText } from "./order.ts";

const ORGANIZATION_ID = /^org_[A-Za-z0-9]{16}$/;

/** Parses an Organization's ID; null for any other text. */
export function parseOrganizationId(text: string): OrganizationId | null {
  return ORGANIZATION_ID.test(text) ? (text as OrganizationId) : null;
}

/**
 * Parses IDs separated by commas, `org_...,org_...`; the result has each once, sorted. Throws `ConfigurationError` that names `option`.
 */
export function parseOrganizationIds(text: string, option: string): readonly OrganizationId[] {
  return sortedOnce(
    text
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== "")
      .map((id) => parseOrganizationId(id) ?? refuse(option, id)),
    `${option}: the list is empty; write all, or IDs such as org_AbCdEfGhIjKlMnOp separated by commas.`,
  );
}

/**
 * Parses a file with one ID a line; blank lines and `#` comments are ignored. Throws `ConfigurationError` that names
 * the file and the line.
 */
export function parseOrganizationFile(content: string, file: string): readonly OrganizationId[] {
  return sortedOnce(
    content
      .replace(/^\uFEFF/, "")
      .split(/\r\n|\n|\r/)
      .map((line, index) => ({ id: line.replace(/#.*$/, "").trim(), number: index + 1 }))
      .filter(({ id }) => id !== "")
      .map(({ id, number }) => parseOrganizationId(id) ?? refuse(`${file}, line ${number}`, id)),
    `${file}: it names no Organization; write one ID a line, such as org_AbCdEfGhIjKlMnOp.`,
  );
}

function refuse(where: string, id: string): never {
  const shown = JSON.stringify(id.length > 60 ? `${id.slice(0, 60)}…` : id);
  throw new ConfigurationError(
    `${where}: ${shown} is not an Organization's ID; an ID is org_ and 16 letters or digits.`,
  );
}

function sortedOnce(ids: readonly OrganizationId[], whenEmpty: string): readonly OrganizationId[] {
  if (ids.length === 0) throw new ConfigurationError(whenEmpty);
  return [...new Set(ids)].sort(compareText);
}
