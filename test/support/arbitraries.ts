import fc from "fast-check";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import { connectionId } from "./builders.ts";

const flag = fc.option(fc.boolean(), { nil: undefined });
const strategy = fc.constantFrom("samlp", "oidc", "waad", "auth0", "google-oauth2", "github", "email", "unheard-of");

/** An enabled connection as Auth0 may answer it: flags may be absent, names are hostile. */
const wire: fc.Arbitrary<JsonObject> = fc
  .record({
    id: fc.integer({ min: 0, max: 7 }),
    assign: flag,
    show: flag,
    signup: flag,
    name: fc.string({ unit: "binary" }),
    strategy,
  })
  .map(({ id, assign, show, signup, ...of }) => ({
    connection_id: connectionId(String(id)),
    ...(assign === undefined ? {} : { assign_membership_on_login: assign }),
    ...(show === undefined ? {} : { show_as_button: show }),
    ...(signup === undefined ? {} : { is_signup_enabled: signup }),
    connection: of,
  }));

/** Up to eight connections with different IDs; two draws share many IDs, so that they are nearly equal. */
export const enabledConnections: fc.Arbitrary<readonly EnabledConnection[]> = fc
  .uniqueArray(wire, { maxLength: 8, selector: ({ connection_id: id }) => id })
  .map((wires) => wires.map(enabledConnection));
