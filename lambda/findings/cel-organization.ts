import { type CelMap, celMap } from "@bufbuild/cel";
import { connectionKind } from "../domain/connection-kind.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import type { LastObserved } from "../domain/snapshot.ts";

/** An Organization as custom rules see it, and what the cost of evaluating them depends on. */
export interface CelOrganization {
  readonly value: CelMap;
  readonly connections: number;
  /** The length of its longest name, in UTF-16 code units. */
  readonly longestText: number;
}

/** Made once for all custom rules. A name that is unknown is absent: an expression that needs it cannot be evaluated. */
export function celOrganization(
  organizationId: OrganizationId,
  { organizationName, organizationDisplayName, enabledConnections }: LastObserved,
): CelOrganization {
  const organization = new Map<string, string | readonly CelMap[]>([["id", organizationId]]);
  if (organizationName !== null) organization.set("name", organizationName);
  if (organizationDisplayName !== null) organization.set("display_name", organizationDisplayName);
  organization.set("connections", enabledConnections.map(celConnection));
  const longestText = enabledConnections.reduce(
    (longest, { name, strategy }) => Math.max(longest, name?.length ?? 0, strategy?.length ?? 0),
    Math.max(organizationName?.length ?? 0, organizationDisplayName?.length ?? 0),
  );
  return { value: celMap(organization), connections: enabledConnections.length, longestText };
}

/** The flags are the effective ones: Auth0's defaults stand for what the answer left out. */
function celConnection(connection: EnabledConnection): CelMap {
  const { connectionId, name, strategy } = connection;
  const properties = new Map<string, string | boolean>([["id", connectionId]]);
  if (name !== null) properties.set("name", name);
  if (strategy !== null) properties.set("strategy", strategy);
  properties.set("kind", connectionKind(strategy));
  properties.set("assign_membership_on_login", connection.assignMembershipOnLogin);
  properties.set("show_as_button", connection.showAsButton);
  properties.set("is_signup_enabled", connection.isSignupEnabled);
  return celMap(properties);
}
