import { NO_CONNECTION_LEFT, NO_ENTERPRISE_LEFT, ONLY_HIDDEN_LEFT } from "../../changes/severity.ts";
import type { Change } from "../../domain/change.ts";
import { connectionKind } from "../../domain/connection-kind.ts";
import { counted } from "../../domain/text.ts";
import { type ChangeGroup, changesInGroups } from "../change-groups.ts";
import { shortened } from "../limits.ts";
import { valueText } from "./change.ts";
import { changePhrase, inOrganizations } from "./change-phrase.ts";
import { organizationLabel } from "./organization.ts";

const MOST_FACTS = 3;
const NAME_CHARACTERS = 40;

/** What people sign in with when a social connection of this strategy is enabled. */
const ACCOUNTS: ReadonlyMap<string, string> = new Map([
  ["apple", "an Apple account"],
  ["facebook", "a Facebook account"],
  ["github", "a GitHub account"],
  ["google-oauth2", "a Google account"],
  ["linkedin", "a LinkedIn account"],
  ["windowslive", "a Microsoft account"],
]);
/** Facts that begin with a word and not with a name. */
const WORD_FIRST = /^(?:an?|accounts|anyone|everyone|sign-in) /;

/** What happened, in words, and the groups of changes that it names. */
export interface Headline {
  readonly text: string;
  readonly named: readonly ChangeGroup[];
}

/**
 * `quartz-retail lost its last sign-in method; a Google account can now sign in to acme; and 12 more changes.` Names at
 * most three facts, the worst. Unescaped. `total`: all changes of the run.
 */
export function headline(groups: readonly ChangeGroup[], total: number): Headline {
  const facts = new Map<string, ChangeGroup[]>();
  for (const group of groups) {
    const text = fact(group);
    const alike = facts.get(text) ?? [];
    if (alike.length === 0 && facts.size === MOST_FACTS) continue;
    facts.set(text, [...alike, group]);
  }
  const named = [...facts.values()].flat();
  const more = total - changesInGroups(named);
  const text = [...facts.keys(), ...(more > 0 ? [`and ${counted(more, "more change")}`] : [])].join("; ");
  return { text: `${WORD_FIRST.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text}.`, named };
}

function fact({ count, first }: ChangeGroup): string {
  const one = count === 1;
  const where = one ? name(organizationLabel(first)) : counted(count, "Organization");
  const connection = name(first.connectionName ?? first.connectionId ?? "");
  switch (first.change) {
    case "organization_created":
    case "organization_deleted":
    case "scope_added":
    case "scope_removed":
      return `${where} ${one ? "was" : "were"} ${changePhrase(first)}`;
    case "connection_enabled":
      return enabled(first, connection, where);
    case "connection_disabled":
      return lockOut(first, connection, where, one) ?? `${connection} was disabled in ${where}`;
    case "connection_updated":
      return lockOut(first, connection, where, one) ?? opened(first, connection, where) ?? plainly(first, where, one);
    case "organization_renamed":
      return plainly(first, where, one);
  }
}

function lockOut({ reasons }: Change, connection: string, where: string, one: boolean): string | null {
  if (reasons.includes(NO_CONNECTION_LEFT)) return `${where} lost ${one ? "its" : "their"} last sign-in method`;
  if (reasons.includes(ONLY_HIDDEN_LEFT))
    return `sign-in to ${where} ends in an error: only hidden connections are left`;
  if (reasons.includes(NO_ENTERPRISE_LEFT))
    return `${where} lost ${one ? "its" : "their"} enterprise connection ${connection}`;
  return null;
}

function enabled({ strategy }: Change, connection: string, where: string): string {
  const account = ACCOUNTS.get(strategy ?? "");
  if (account !== undefined) return `${account} can now sign in to ${where}`;
  switch (connectionKind(strategy)) {
    case "enterprise":
      return `${connection} was enabled in ${where}`;
    case "database":
      return `accounts of the database ${connection} can now sign in to ${where}`;
    case "social":
    case "passwordless":
      return `accounts of ${connection} can now sign in to ${where}`;
  }
}

/** What opens an Organization, the worst first. */
function opened({ properties }: Change, connection: string, where: string): string | null {
  const became = (property: string) => properties.find(({ name, updatedValue }) => name === property && updatedValue);
  const strategy = became("connection.strategy");
  if (strategy !== undefined)
    return `${connection} changed from ${name(valueText(strategy.previousValue))} to ${name(valueText(strategy.updatedValue))} in ${where}`;
  if (became("is_signup_enabled") !== undefined) return `anyone can now sign up to ${where} with ${connection}`;
  if (became("assign_membership_on_login") !== undefined)
    return `everyone who signs in with ${connection} now becomes a member of ${where}`;
  return null;
}

function plainly(change: Change, where: string, one: boolean): string {
  const phrase = shortened(changePhrase(change), 3 * NAME_CHARACTERS);
  return one && change.connectionId === null ? `${where} was ${phrase}` : inOrganizations(change, phrase, where);
}

function name(text: string): string {
  return shortened(text, NAME_CHARACTERS);
}
