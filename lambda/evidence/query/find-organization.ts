import type { Change } from "../../domain/change.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { OrganizationId, Tenant } from "../../domain/identifiers.ts";
import { parseOrganizationId } from "../../domain/organization-ids.ts";
import type { InstantRange } from "../../domain/time.ts";
import type { Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { organizationIn } from "./organization.ts";
import { changesOf, snapshotOf } from "./run-lines.ts";
import { findRun, runsIn } from "./runs.ts";

/** The last instant that a run can have, at the end of the year 9999. */
const LAST_MS = Date.UTC(10_000, 0, 1) - 1;

/**
 * The ID of the Organization that `text` gives, by ID or by name. A name is looked up in the last snapshot up to the end
 * of the range, then in the changes of the range, for an Organization that was deleted or renamed. Text that is the ID of
 * one Organization and the name of another means the ID. Throws `ConfigurationError`, and `EvidenceError`.
 */
export async function findOrganization(
  store: EvidenceReader,
  tenant: Tenant,
  text: string,
  range: InstantRange,
): Promise<OrganizationId> {
  const until = { kind: "until", instantMs: Math.min(range.toMs, LAST_MS) } as const;
  const last = await findRun(store, tenant, until, "--organization");
  // Evidence may hold IDs of any form: whether the text is one, the evidence decides.
  const id = text as OrganizationId;
  if (await isIn(store, last, id)) return id;
  const named = await idsNamed(store, tenant, text, range, last);
  const [only, ...others] = named;
  if (only === undefined && parseOrganizationId(text) !== null) return id;
  if (text.startsWith("org_"))
    for await (const run of runsIn(store, tenant, range)) if (await isIn(store, run, id)) return id;
  if (only === undefined)
    throw new ConfigurationError(
      `--organization: no Organization of ${tenant} is named ${JSON.stringify(text)} in ${store.location}; give its ID, org_...`,
    );
  if (others.length > 0)
    throw new ConfigurationError(
      `--organization: several Organizations have the name ${JSON.stringify(text)}; give one of their IDs: ${[...named].join(", ")}.`,
    );
  return only;
}

async function isIn(store: EvidenceReader, run: Manifest, id: OrganizationId): Promise<boolean> {
  return (await organizationIn(store, run, id)).snapshot !== null;
}

async function idsNamed(
  store: EvidenceReader,
  tenant: Tenant,
  name: string,
  range: InstantRange,
  last: Manifest,
): Promise<ReadonlySet<OrganizationId>> {
  const ids = new Set<OrganizationId>();
  for await (const { organizationId, organizationName } of snapshotOf(store, last))
    if (organizationName === name) ids.add(organizationId);
  if (ids.size > 0) return ids;
  for await (const run of runsIn(store, tenant, range))
    for await (const change of changesOf(store, run)) if (isNamed(change, name)) ids.add(change.organizationId);
  return ids;
}

function isNamed({ organizationName, properties }: Change, text: string): boolean {
  return (
    organizationName === text || properties.some(({ name, previousValue }) => name === "name" && previousValue === text)
  );
}
