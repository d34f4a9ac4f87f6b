import type { OrganizationId } from "../../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeSnapshot } from "./lines.ts";

/** What the beginning of a snapshot line says. */
export type SnapshotHead = Pick<
  OrganizationSnapshot,
  "organizationId" | "organizationName" | "organizationDisplayName" | "status"
>;

/** The beginning of a line, and where it ends. */
export interface LineHead extends SnapshotHead {
  /** How many characters of the line it takes; 0 when the line was decoded as a whole. */
  readonly length: number;
}

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
/** The keys of a line are always in this order. */
const HEAD = new RegExp(
  `^\\{"run_id":"\\w+","organization_id":(${STRING}),"organization_name":(null|${STRING}),"organization_display_name":(null|${STRING}),"status":"(observed|failed|deleted)"`,
);

/**
 * Reads the beginning of a snapshot line, which is many times as fast as `decodeSnapshot`. A line in another form is
 * decoded as a whole. Throws `EvidenceError` (`malformed`); `where` is the line's place in its message.
 */
export function snapshotHead(line: string, where: string): LineHead {
  const [whole = "", id, name, displayName, status] = HEAD.exec(line) ?? [];
  if (id === undefined || name === undefined || displayName === undefined || status === undefined)
    return { ...decodeSnapshot(line, where), length: 0 };
  return {
    organizationId: text(id) as OrganizationId,
    organizationName: name === "null" ? null : text(name),
    organizationDisplayName: displayName === "null" ? null : text(displayName),
    status: status === "observed" || status === "failed" ? status : "deleted",
    length: whole.length,
  };
}

/** Unquotes a JSON string. */
function text(quoted: string): string {
  return quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
