import type { OrganizationId } from "../domain/identifiers.ts";
import type { HintedOrganization } from "../hints/merge.ts";
import type { OrganizationList } from "./list.ts";
import type { AuditRequest, Dependencies, Run } from "./run.ts";

/** What the steps of a run work with, once it is known what the run reads. */
export interface Sweep {
  readonly run: Run;
  readonly list: OrganizationList;
  /** The Organizations that the run is about. */
  readonly wanted: "all" | readonly OrganizationId[];
  /** The same for an update, with what is to be read of each; null for a sweep. */
  readonly hinted: readonly HintedOrganization[] | null;
  readonly request: AuditRequest;
  readonly dependencies: Dependencies;
}
