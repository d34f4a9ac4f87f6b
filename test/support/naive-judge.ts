import type { Severity } from "../../lambda/domain/change.ts";
import type { ConnectionId } from "../../lambda/domain/identifiers.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import type { OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";

/** The rules of design and documentation, written down a second time and as plainly as possible, for the tests. */

const SOCIAL = ["google-oauth2", "github", "facebook", "unheard-of", null];
const PASSWORDLESS = ["email", "sms"];
const DATABASE = ["auth0"];

function among(strategies: readonly (string | null)[], { strategy }: EnabledConnection): boolean {
  return strategies.includes(strategy);
}

function isEnterprise(connection: EnabledConnection): boolean {
  return !among([...SOCIAL, ...PASSWORDLESS, ...DATABASE], connection);
}

/** What a rule finds: the rule, the connection's ID ("" for the Organization) and the severity. */
export type Found = readonly [rule: string, connectionId: string, severity: Severity];

/** Every Organization of a state, and the days after which `unread-too-long` finds one. */
export function naiveFindings(state: readonly OrganizationSnapshot[], days: number): readonly (readonly Found[])[] {
  return state.map((line) => findingsOf(line, state, days).sort(byText));
}

function byText(left: Found, right: Found): number {
  const [one, other] = [left.slice(0, 2).join("\u0000"), right.slice(0, 2).join("\u0000")];
  return one < other ? -1 : Number(one > other);
}

function connectionsOf(line: OrganizationSnapshot): readonly EnabledConnection[] | null {
  if (line.status === "observed") return line.enabledConnections;
  return line.status === "failed" ? (line.lastObserved?.enabledConnections ?? null) : null;
}

const RULES: readonly (readonly [string, Severity])[] = [
  ["sso-bypass", "high"],
  ["open-membership", "high"],
  ["open-signup", "high"],
  ["signup-without-membership", "low"],
  ["locked-out", "medium"],
  ["shared-enterprise-connection", "medium"],
  ["unread-too-long", "medium"],
];

function findingsOf(line: OrganizationSnapshot, state: readonly OrganizationSnapshot[], days: number): Found[] {
  const connections = connectionsOf(line);
  if (line.status === "deleted") return [];
  if (connections === null) return RULES.map(([rule, severity]) => [rule, "", severity]);
  const found: Found[] = [];
  const has = (connectionId: ConnectionId, isMember: boolean) =>
    state.filter((other) =>
      connectionsOf(other)?.some(
        (one) => one.connectionId === connectionId && (one.assignMembershipOnLogin || !isMember),
      ),
    ).length;
  for (const one of connections) {
    const shared = has(one.connectionId, false) > 1;
    if (connections.some(isEnterprise) && !isEnterprise(one)) found.push(["sso-bypass", one.connectionId, "high"]);
    if (one.assignMembershipOnLogin && (among([...SOCIAL, ...PASSWORDLESS], one) || (among(DATABASE, one) && shared)))
      found.push(["open-membership", one.connectionId, "high"]);
    if (one.isSignupEnabled && connections.some(isEnterprise)) found.push(["open-signup", one.connectionId, "high"]);
    if (one.isSignupEnabled && !one.assignMembershipOnLogin)
      found.push(["signup-without-membership", one.connectionId, "low"]);
    if (isEnterprise(one) && shared) {
      const severity = has(one.connectionId, true) > 1 ? "high" : "medium";
      found.push(["shared-enterprise-connection", one.connectionId, severity]);
    }
  }
  if (connections.length === 0 || connections.every((one) => isEnterprise(one) && !one.showAsButton))
    found.push(["locked-out", "", "medium"]);
  if (line.status === "failed" && line.lastObserved !== null) {
    const unread = new Date(line.observedAt).getTime() - new Date(line.lastObserved.observedAt).getTime();
    if (unread > days * 24 * 60 * 60 * 1_000) found.push(["unread-too-long", "", "medium"]);
  }
  return found;
}
