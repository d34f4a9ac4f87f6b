import type { Change, ChangeKind, PropertyChange } from "../../domain/change.ts";
import { counted } from "../../domain/text.ts";
import type { ChangeGroup } from "../change-groups.ts";
import { propertyText, valueText } from "./change.ts";
import { organizationLabel } from "./organization.ts";

const OF_ORGANIZATION: Readonly<Partial<Record<ChangeKind, string>>> = {
  organization_created: "created",
  organization_deleted: "deleted",
  scope_added: "added to the audit scope",
  scope_removed: "removed from the audit scope",
};

const TURNED: ReadonlyMap<string, readonly [on: string, off: string]> = new Map([
  ["assign_membership_on_login", ["automatic membership turned on", "automatic membership turned off"]],
  ["is_signup_enabled", ["sign-up turned on", "sign-up turned off"]],
  ["show_as_button", ["button shown", "button hidden"]],
]);

const REPLACED: ReadonlyMap<string, string> = new Map([
  ["name", "renamed"],
  ["display_name", "display name changed"],
  ["connection.name", "renamed"],
  ["connection.strategy", "strategy changed"],
]);

/** What happened, without the Organization: `google (google-oauth2) enabled`, `renamed from a to b`. Unescaped. */
export function changePhrase(change: Change): string {
  const { properties } = change;
  const done = OF_ORGANIZATION[change.change];
  if (done !== undefined) return done;
  if (change.change === "connection_enabled") return `${connectionText(change)} enabled`;
  if (change.change === "connection_disabled") return `${connectionText(change)} disabled`;
  const phrases = properties.map(propertyPhrase).join(", ");
  if (change.change === "organization_renamed") return phrases;
  const [renamed, ...others] = properties;
  return renamed?.name === "connection.name" && others.length === 0
    ? `${valueText(renamed.previousValue)} renamed to ${valueText(renamed.updatedValue)}`
    : `${connectionText(change)}: ${phrases}`;
}

/** What happened, with the Organization or how many there are: `github renamed to gh in 27 Organizations`. Unescaped. */
export function groupLine({ count, first }: ChangeGroup): string {
  const phrase = changePhrase(first);
  if (count === 1) return `${organizationLabel(first)}: ${phrase}`;
  return inOrganizations(first, phrase, counted(count, "Organization"));
}

/** A phrase about several Organizations. */
export function inOrganizations({ connectionId }: Change, phrase: string, organizations: string): string {
  return connectionId === null ? `${organizations} ${phrase}` : `${phrase} in ${organizations}`;
}

/** `google (google-oauth2)`. */
export function connectionText({ connectionId, connectionName, strategy }: Change): string {
  const name = connectionName ?? connectionId ?? "";
  return strategy === null ? name : `${name} (${strategy})`;
}

function propertyPhrase(property: PropertyChange): string {
  const { name, previousValue, updatedValue } = property;
  const turned = TURNED.get(name);
  if (turned !== undefined && typeof updatedValue === "boolean") return turned[updatedValue ? 0 : 1];
  const replaced = REPLACED.get(name);
  if (replaced === undefined) return propertyText(property);
  return `${replaced} from ${valueText(previousValue)} to ${valueText(updatedValue)}`;
}
