import { connectionKind } from "../domain/connection-kind.ts";
import type { Operation } from "../domain/operation.ts";
import { moment, plain } from "../domain/text.ts";
import type { Attribution, AttributionReason } from "./attribute.ts";
import type { Undone } from "./undone.ts";

/** Everything that comes from the tenant is hostile: these texts are `plain`, and renderers still escape them. */

const DASHBOARD = "https://manage.auth0.com/";
/** Six hex digits tell pseudonyms of one report apart. */
const PSEUDONYM = /^[0-9a-f]{64}$/;
const SHOWN_PSEUDONYM_CHARACTERS = 8;
const LONGEST_SHOWN_CHARACTERS = 80;

/** Who made an operation, from where and with what: `Alice Example (alice@example.com) in the Dashboard from 203.0.113.7`. */
export function actorText({ actor, channel, clientName, ip, userAgent }: Operation): string {
  const from = ip === null ? "" : ` from ${shown(ip)}`;
  switch (actor.kind) {
    case "user":
      return `${personText(actor)}${whereText(channel, clientName)}${from}`;
    case "organization_member":
      return `${personText(actor)}, an administrator of the Organization,${from}`.replace(/,$/, "");
    case "application": {
      const agent = userAgent === null ? "" : ` (${shown(userAgent)})`;
      return `the application ${shown(clientName ?? actor.name ?? actor.id ?? "without a name")}${agent}${from}`;
    }
    case "unknown":
      return `someone whom the logs do not name${from}`;
  }
}

/** A person or an application, without where and how: `Alice Example (alice@example.com)`, `terraform`. */
export function actorName({ actor, clientName }: Operation): string {
  if (actor.kind !== "application") return personText(actor);
  const name = clientName ?? actor.name ?? actor.id;
  return name === null ? "an application without a name" : shown(name);
}

function personText({ email, id, name }: Operation["actor"]): string {
  const first = name ?? email ?? id;
  if (first === null) return "someone whom the logs do not name";
  const second = email !== null && email !== first ? email : null;
  return second === null ? shown(first) : `${shown(first)} (${shown(second)})`;
}

function whereText(channel: string | null, clientName: string | null): string {
  if (channel === DASHBOARD) return " in the Dashboard";
  return clientName === null ? "" : ` with ${shown(clientName)}`;
}

function shown(text: string): string {
  if (PSEUDONYM.test(text)) return `pseudonym ${text.slice(0, SHOWN_PSEUDONYM_CHARACTERS)}`;
  const clean = plain(text);
  return clean.length > LONGEST_SHOWN_CHARACTERS
    ? `${clean.slice(0, LONGEST_SHOWN_CHARACTERS).toWellFormed()}…`
    : clean;
}

const REASONS: Readonly<Record<AttributionReason, string>> = {
  only_operation: "It is the only operation in that time that asked for exactly this.",
  one_of_several: "Several operations could have made the change; the last one that fits is named.",
  partly_covered: "It is the only operation found that fits, but the logs of that time are not complete.",
  organization_only: "The log names the Organization, and not what was changed in it.",
  tenant_wide: "The connection itself was changed, in every Organization that had it.",
  no_operation: "When they were read, the tenant's logs had no operation that made this change.",
  logs_not_granted: "The tenant's logs were not read: the scope read:logs is not granted, or attribution is off.",
  logs_expired: "The tenant no longer has the logs of that time.",
  logs_incomplete: "The tenant's logs of that time could not be read completely.",
};

const SHARED = "Each of these operations asked for a part of what is there now.";

/** Why an attribution is as sure as it is. */
export function reasonText(because: AttributionReason): string {
  return REASONS[because];
}

/** `By Alice Example (...) at 2026-11-24 10:02:11 UTC (certain).` `operations` are those of the run, or of the Organization. */
export function attributionText(
  { because, confidence, logIds }: Attribution,
  operations: readonly Operation[],
): string {
  const named = operations.filter(({ logId }) => logIds.includes(logId));
  if (confidence === "none" || named.length === 0) return reasonText(because);
  const who = named.map((one) => `${actorText(one)} at ${moment(one.at)}`);
  const reason = logIds.length > 1 ? SHARED : reasonText(because);
  const sure = confidence === "certain" ? " (certain)." : ` (likely). ${reason}`;
  return `By ${who.join("; ")}${sure}`;
}

/** What came and went: `For 42 minutes on 24 November 2026, anyone with a Google account could sign in to acme.` */
export function undoneText({ change, undoneBy }: Pick<Undone, "change" | "undoneBy">): string {
  const organization = shown(change.organizationName ?? change.organizationId);
  return `${periodText(change.between, undoneBy !== null)}, ${happenedText(change, organization)}.`;
}

function periodText({ after, before }: Undone["change"]["between"], isEndKnown: boolean): string {
  const from = after ?? before;
  const sameDay = from.slice(0, 10) === before.slice(0, 10);
  const lasted = longText(Date.parse(before) - Date.parse(from));
  // Without a known end, it was over when the Organization was read.
  const length = isEndKnown ? `For ${lasted}` : `For at most ${lasted}`;
  return sameDay ? `${length} on ${dayText(from)}` : `${length} from ${dayText(from)} to ${dayText(before)}`;
}

function happenedText(change: Undone["change"], organization: string): string {
  switch (change.change) {
    case "connection_enabled":
      return `${peopleText(change)} could sign in to ${organization}`;
    case "connection_disabled":
      return `people could not sign in to ${organization} with ${connectionText(change)}`;
    case "connection_updated": {
      const [first] = change.properties;
      if (first?.name === "assign_membership_on_login" && first.updatedValue === true)
        return `${peopleText(change)} who signed in became a member of ${organization}`;
      if (change.properties.some(({ name, updatedValue }) => name === "is_signup_enabled" && updatedValue === true))
        return `anyone could create an account with ${connectionText(change)} in ${organization}`;
      const values = change.properties.map(
        ({ name, updatedValue }) => `${shown(name)} was ${JSON.stringify(updatedValue)}`,
      );
      return `${values.join(" and ")} for ${connectionText(change)} in ${organization}`;
    }
    case "organization_created":
      return `the Organization ${organization} existed`;
    case "organization_renamed": {
      const names = change.properties.map(({ updatedValue }) => shown(JSON.stringify(updatedValue)));
      return `${organization} was named ${names.join(" and ")}`;
    }
    default:
      return `the Organization ${organization} did not exist`;
  }
}

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["google-oauth2", "Google"],
  ["github", "GitHub"],
  ["facebook", "Facebook"],
  ["apple", "Apple"],
  ["linkedin", "LinkedIn"],
  ["twitter", "X"],
  ["windowslive", "Microsoft"],
]);

/** Who is let in by a connection. */
function peopleText(change: Undone["change"]): string {
  const provider = PROVIDERS.get(change.strategy ?? "");
  if (provider !== undefined) return `anyone with a ${provider} account`;
  switch (connectionKind(change.strategy)) {
    case "database":
      return `anyone with an account in the database ${connectionText(change)}`;
    case "enterprise":
      return `anyone with an account at the identity provider ${connectionText(change)}`;
    default:
      return `anyone who can authenticate with ${connectionText(change)}`;
  }
}

function connectionText({ connectionId, connectionName }: Undone["change"]): string {
  return shown(connectionName ?? connectionId ?? "a connection");
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** `24 November 2026`. */
function dayText(time: string): string {
  return `${Number(time.slice(8, 10))} ${MONTHS[Number(time.slice(5, 7)) - 1] ?? ""} ${time.slice(0, 4)}`;
}

/** `42 minutes`, `1 second`, `3 hours`, in whole units, rounded up: what was open was open at most that long. */
function longText(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const [amount, unit] =
    seconds < 120
      ? [seconds, "second"]
      : seconds < 7_200
        ? [Math.ceil(seconds / 60), "minute"]
        : seconds < 172_800
          ? [Math.ceil(seconds / 3_600), "hour"]
          : [Math.ceil(seconds / 86_400), "day"];
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}
