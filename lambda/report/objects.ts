import type { Json, JsonObject } from "../domain/json.ts";
import type { EnabledConnection, Failure } from "../domain/organization.ts";

/** A failure, with the keys that the evidence uses. */
export function failureObject({ code, httpStatus, message, attempts }: Failure): JsonObject {
  return { code, http_status: httpStatus, message, attempts };
}

/** Connections as Auth0 returned them. */
export function wires(connections: readonly EnabledConnection[]): readonly Json[] {
  return connections.map(({ wire }) => wire);
}
