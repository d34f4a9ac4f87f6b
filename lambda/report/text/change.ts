import type { Change, ChangeKind, PropertyChange } from "../../domain/change.ts";
import { moment } from "../../domain/text.ts";

interface Wording {
  readonly title: string;
  /** The state before and after the change; null where the change lists properties instead. */
  readonly states: readonly [before: string, after: string] | null;
}

const WORDING: Readonly<Record<ChangeKind, Wording>> = {
  connection_enabled: { title: "Connection enabled", states: ["not enabled", "enabled"] },
  connection_disabled: { title: "Connection disabled", states: ["enabled", "not enabled"] },
  connection_updated: { title: "Connection updated", states: null },
  organization_created: { title: "Organization created", states: ["not in the tenant", "in the tenant"] },
  organization_deleted: { title: "Organization deleted", states: ["in the tenant", "not in the tenant"] },
  organization_renamed: { title: "Organization renamed", states: null },
  scope_added: { title: "Added to the audit scope", states: ["not audited", "audited"] },
  scope_removed: { title: "Removed from the audit scope", states: ["audited", "not audited"] },
};

/** `Connection enabled: sso (samlp)`. */
export function changeTitle({ change, connectionName, connectionId, strategy }: Change): string {
  const { title } = WORDING[change];
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

/** A property before and after a change; `property` is null when the Organization or connection itself changed. */
export interface Comparison {
  readonly property: string | null;
  readonly before: string;
  readonly after: string;
}

/** What a change did: one comparison for each changed property, or one for the whole. */
export function comparisons({ change, properties }: Change): readonly Comparison[] {
  const { states } = WORDING[change];
  if (states !== null) return [{ property: null, before: states[0], after: states[1] }];
  return properties.map(({ name, previousValue, updatedValue }) => ({
    property: name,
    before: valueText(previousValue),
    after: valueText(updatedValue),
  }));
}

const PROPERTY_LABELS: ReadonlyMap<string, string> = new Map([
  ["assign_membership_on_login", "Automatic membership"],
  ["is_signup_enabled", "Sign-up"],
  ["show_as_button", "Sign-in button"],
  ["connection.name", "Connection name"],
  ["connection.strategy", "Strategy"],
  ["name", "Name"],
  ["display_name", "Display name"],
]);

/** What a property controls, for people; null for a property that this version does not know. */
export function propertyLabel(name: string): string | null {
  return PROPERTY_LABELS.get(name) ?? null;
}

/** `between A and B`, or `before B` when there is no older observation. */
export function intervalText({ after, before }: Change["between"]): string {
  return after === null ? `before ${moment(before)}` : `between ${moment(after)} and ${moment(before)}`;
}
