import type { Operation } from "../domain/operation.ts";
import { named } from "./ocsf-values.ts";

/** Not an address: the HMAC of one. */
const PSEUDONYM = /^[0-9a-f]{64}$/;

/**
 * Who made an operation, from where and with what, as the attributes `actor`, `src_endpoint` and `http_request` of the
 * Open Cybersecurity Schema Framework; those that are unknown are absent.
 */
export function ocsfActor(operation: Operation | null): object {
  if (operation === null) return {};
  const { actor, clientId, clientName, ip, userAgent } = operation;
  const isPerson = actor.kind === "user" || actor.kind === "organization_member";
  const user = isPerson ? userOf(actor) : null;
  const appUid = clientId ?? (actor.kind === "application" ? actor.id : null);
  const appName = clientName ?? (actor.kind === "application" ? actor.name : null);
  const known = {
    ...(user === null ? {} : { user }),
    ...(appName === null ? {} : { app_name: appName }),
    ...(appUid === null ? {} : { app_uid: appUid }),
  };
  return {
    ...(Object.keys(known).length === 0 ? {} : { actor: known }),
    ...(ip === null ? {} : { src_endpoint: PSEUDONYM.test(ip) ? { uid: ip } : { ip } }),
    ...(userAgent === null ? {} : { http_request: { user_agent: userAgent } }),
  };
}

/** A user has a name or an ID; without both, the email address is the name. */
function userOf({ email, id, kind, name }: Operation["actor"]): object | null {
  if (id === null && name === null && email === null) return null;
  return {
    type_id: kind === "organization_member" ? 2 : 1,
    type: kind === "organization_member" ? "Admin" : "User",
    ...(id === null ? {} : { uid: id }),
    ...named(name ?? (id === null ? email : null)),
    ...(email === null ? {} : { email_addr: email }),
  };
}
