import { type CelMap, celMap } from "@bufbuild/cel";
import { connectionKind } from "../domain/connection-kind.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import type { LastObserved } from "../domain/snapshot.ts";
import type { Subject } from "./waivers.ts";

/** An Organization as custom rules see it, and what evaluating them may cost. */
export interface CelOrganization {
  readonly value: CelMap;
  readonly connections: number;
  /** Of its texts, in UTF-16 code units. */
  readonly longestText: number;
}

/** A name that is not known is absent: an expression that needs it cannot be evaluated. */
export function celOrganization(
  { organizationId }: Pick<Subject, "organizationId">,
  { organizationName, organizationDisplayName, enabledConnections }: LastObserved,
): CelOrganization {
  const connections = enabledConnections.map((connection) => present(celConnection(connection)));
  const organization = present({
    id: organizationId,
    name: organizationName,
    display_name: organizationDisplayName,
    connections: connections.map((connection) => celMap(connection)),
  });
  const texts = [organization, ...connections].flatMap((one) => [...one.values()]);
  const longestText = texts.reduce<number>(
    (longest, one) => (typeof one === "string" ? Math.max(longest, one.length) : longest),
    0,
  );
  return { value: celMap(organization), connections: connections.length, longestText };
}

function celConnection(connection: EnabledConnection) {
  const { connectionId, name, strategy, assignMembershipOnLogin, showAsButton, isSignupEnabled } = connection;
  return {
    id: connectionId,
    name,
    strategy,
    kind: connectionKind(strategy),
    assign_membership_on_login: assignMembershipOnLogin,
    show_as_button: showAsButton,
    is_signup_enabled: isSignupEnabled,
  };
}

function present<Value>(properties: Readonly<Record<string, Value | null>>): Map<string, Value> {
  const known = new Map<string, Value>();
  for (const [key, value] of Object.entries(properties)) if (value !== null) known.set(key, value);
  return known;
}
