import type { Change, ChangeKind, PropertyChange } from "../../domain/change.ts";
import { moment } from "../../domain/text.ts";

const TITLES: Readonly<Record<ChangeKind, string>> = {
  connection_enabled: "Connection enabled",
  connection_disabled: "Connection disabled",
  connection_updated: "Connection updated",
  organization_created: "Organization created",
  organization_deleted: "Organization deleted",
  organization_renamed: "Organization renamed",
  scope_added: "Added to the audit scope",
  scope_removed: "Removed from the audit scope",
};

/** `Connection enabled: sso (samlp)`. */
export function changeTitle({ change, connectionName, connectionId, strategy }: Change): string {
  const title = TITLES[change];
  const connection = connectionName ?? connectionId;
  if (connection === null) return title;
  return `${title}: ${connection}${strategy === null ? "" : ` (${strategy})`}`;
}

/** The title and the changed properties, in one line. */
export function changeLine(change: Change): string {
  return [changeTitle(change), ...change.properties.map(propertyText)].join(", ");
}

/** `show_as_button: true → false`. */
export function propertyText({ name, previousValue, updatedValue }: PropertyChange): string {
  return `${name}: ${valueText(previousValue)} → ${valueText(updatedValue)}`;
}

/** A value of a property, as people read it. */
export function valueText(value: PropertyChange["previousValue"]): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `between A and B`, or `before B` when there is no older observation. */
export function intervalText({ after, before }: Change["between"]): string {
  return after === null ? `before ${moment(before)}` : `between ${moment(after)} and ${moment(before)}`;
}
