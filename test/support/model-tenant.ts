import type { Timestamp } from "../../lambda/domain/identifiers.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { connectionId } from "./builders.ts";
import { disabling, enabling, minute, operation } from "./operations.ts";

/** A request to the model tenant; `connection` is 0 to 3. */
export type ModelRequest =
  | { readonly kind: "post"; readonly connection: number; readonly settings: ModelSettings }
  | {
      readonly kind: "patch";
      readonly connection: number;
      readonly settings: ModelSettings;
      readonly is_enabled?: boolean | undefined;
    }
  | { readonly kind: "delete"; readonly connection: number };

export interface ModelSettings {
  readonly assign_membership_on_login?: boolean | undefined;
  readonly show_as_button?: boolean | undefined;
  readonly is_signup_enabled?: boolean | undefined;
}

export interface ModelAssociation {
  readonly is_enabled: boolean;
  readonly assign_membership_on_login: boolean;
  readonly show_as_button: boolean;
  readonly is_signup_enabled: boolean;
}

/** One Organization's associations by the number of the connection. */
export type ModelState = ReadonlyMap<number, ModelAssociation>;

const DEFAULTS: ModelAssociation = {
  is_enabled: true,
  assign_membership_on_login: false,
  show_as_button: true,
  is_signup_enabled: false,
};

/** How the API behaves: a second association is refused, as is a change of one that is not there. Null: refused. */
export function answered(state: ModelState, request: ModelRequest): ModelState | null {
  const known = state.get(request.connection);
  const next = new Map(state);
  if (request.kind === "post") {
    if (known !== undefined) return null;
    return next.set(request.connection, { ...DEFAULTS, ...given(request.settings) });
  }
  if (known === undefined) return null;
  if (request.kind === "delete") {
    next.delete(request.connection);
    return next;
  }
  const { is_enabled } = request;
  const enabled = is_enabled === undefined ? {} : { is_enabled };
  return next.set(request.connection, { ...known, ...given(request.settings), ...enabled });
}

function given(settings: object): Record<string, boolean> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** The operation that the tenant's log has of a request. */
export function logged(request: ModelRequest, index: number, isAccepted: boolean): Operation {
  const [logId, at, id] = [`log-${String(index).padStart(4, "0")}`, minute(index + 1), String(request.connection)];
  const outcome = isAccepted ? {} : { type: "fapi", statusCode: 409 };
  if (request.kind === "delete") return disabling(logId, at, id, outcome);
  const requested = given(request.settings);
  if (request.kind === "post") return enabling(logId, at, id, { requested, ...outcome });
  const { is_enabled } = request;
  return operation(logId, {
    at,
    connectionId: connectionId(id),
    requested: is_enabled === undefined ? requested : { ...requested, is_enabled },
    ...outcome,
  });
}

/** The ways in that a state opens: which connection lets people sign in, become members, create accounts. */
export function waysIn(state: ModelState): ReadonlySet<string> {
  const ways = new Set<string>();
  for (const [number, one] of state) {
    if (!one.is_enabled) continue;
    const id = connectionId(String(number));
    ways.add(`${id} enabled`);
    if (one.assign_membership_on_login) ways.add(`${id} assign_membership_on_login`);
    if (one.is_signup_enabled) ways.add(`${id} is_signup_enabled`);
  }
  return ways;
}

/** A state of the tenant and since when it was so. */
export interface Moment {
  readonly at: Timestamp;
  readonly state: ModelState;
}
