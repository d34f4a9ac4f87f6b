import type { Operation } from "../domain/operation.ts";
import type { LogsRead } from "../evidence/format/manifest.ts";
import { HintCollector, type Hints } from "./hints.ts";

const CONNECTION_PATH = /^(\/api)?\/v2\/connections\/[^/]+$/;
/** The Organization itself: created, changed or deleted. */
const ORGANIZATION_PATH = /^(\/api)?\/v2\/organizations(\/[^/]+)?$/;
const ORGANIZATIONS_PATH = /^(\/api)?\/v2\/organizations$/;

/**
 * Hints from operations that the tenant's logs tell of (scope `read:logs`), in any order and with repetitions. `logs` is
 * what was read of the logs, and `place` where the next reading continues. Who made an operation
 * and what it asked for does not matter here.
 */
export async function logHints(
  operations: Iterable<Operation> | AsyncIterable<Operation>,
  { because, complete, from, until }: LogsRead,
  place: string | null,
): Promise<Hints> {
  const collector = new HintCollector();
  let unnamed = 0;
  for await (const operation of operations) if (!collect(operation, collector)) unnamed += 1;
  const nameless =
    unnamed === 0 ? null : `${unnamed} log entries tell of a new Organization without its ID; only a sweep finds it.`;
  return {
    kind: "logs",
    ...collector.result,
    covers: { from, until },
    complete: complete && nameless === null,
    because: complete ? nameless : gapText(because),
    place,
  };
}

/** Why the logs do not have everything, as a sentence; `because` is a manifest's word for it. */
function gapText(because: LogsRead["because"]): LogsRead["because"] {
  switch (because) {
    case "logs_expired":
      return "The tenant no longer keeps logs of that time.";
    case "logs_incomplete":
      return "A part of the tenant's logs could not be read.";
    default:
      return because;
  }
}

/** False when something happened to an Organization that the operation does not name. */
function collect(operation: Operation, collector: HintCollector): boolean {
  const { connectionId, method, organizationId, path } = operation;
  if (isRefused(operation)) return true;
  if (organizationId !== null) collector.organization(organizationId, ORGANIZATION_PATH.test(path));
  else if (connectionId !== null && CONNECTION_PATH.test(path)) collector.connection(connectionId);
  return organizationId !== null || method !== "POST" || !ORGANIZATIONS_PATH.test(path);
}

/** The tenant refused it, so it changed nothing. Any other failure may have come after the change. */
function isRefused({ statusCode }: Operation): boolean {
  return statusCode !== null && statusCode >= 400 && statusCode < 500;
}
