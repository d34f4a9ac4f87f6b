import type { Finding } from "../../domain/finding.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import type { Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { findingsIn, organizationIn } from "./organization.ts";

/** What was wrong in an Organization: the run that judged its state, and what it found. */
export interface OrganizationFindings {
  /** Null when no run of the state has a line for it. */
  readonly run: Manifest | null;
  readonly findings: readonly Finding[];
}

/**
 * The findings of an Organization in a state: those of the run that wrote its newest line. `layers` are the runs of the
 * state, newest first. Throws `EvidenceError`.
 */
export async function organizationFindings(
  store: EvidenceReader,
  layers: readonly Manifest[],
  id: OrganizationId,
): Promise<OrganizationFindings> {
  for (const run of layers)
    if ((await organizationIn(store, run, id)).snapshot !== null)
      return { run, findings: await findingsIn(store, run, id) };
  return { run: null, findings: [] };
}
