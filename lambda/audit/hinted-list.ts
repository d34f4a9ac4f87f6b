import type { OrganizationId } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import type { HintedOrganization } from "../hints/merge.ts";

/** Hinted Organizations as an execution saves them: 5,000 of them fit into what a step may leave behind (256 KiB). */
export interface HintedList {
  readonly changed: readonly OrganizationId[];
  readonly others: readonly OrganizationId[];
}

export function encodeHinted(organizations: readonly HintedOrganization[]): HintedList {
  const idsOf = (wanted: boolean) =>
    organizations.flatMap(({ isChanged, organizationId }) => (isChanged === wanted ? [organizationId] : []));
  return { changed: idsOf(true), others: idsOf(false) };
}

/** The Organizations of a list, ascending. */
export function decodeHinted({ changed, others }: HintedList): readonly HintedOrganization[] {
  return [
    ...changed.map((organizationId) => ({ organizationId, isChanged: true })),
    ...others.map((organizationId) => ({ organizationId, isChanged: false })),
  ].sort((one, other) => compareText(one.organizationId, other.organizationId));
}
