import type { Finding } from "../domain/finding.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import type { FindingsModel } from "./findings-model.ts";

/**
 * Finds the display names of the Organizations that a report lists, while its lines are read: changes and findings have
 * none of their own. A display name that is the same as the name is left out. Bounded by what is listed.
 */
export class DisplayNames {
  /** Which findings are listed is known only at the end; the names go with the findings that are dropped. */
  readonly #ofFindings = new WeakMap<Finding, string>();
  readonly #names = new Map<OrganizationId, string>();
  #last: { readonly organizationId: OrganizationId; readonly displayName: string } | null = null;

  /** Before the findings about the Organization. `isListed`: whether it is listed for another reason than a finding. */
  addSnapshot(snapshot: OrganizationSnapshot, isListed: boolean): void {
    const { organizationDisplayName: displayName, organizationId, organizationName } = snapshot;
    this.#last = displayName === null || displayName === organizationName ? null : { organizationId, displayName };
    if (isListed && this.#last !== null) this.#names.set(organizationId, this.#last.displayName);
  }

  addFinding(finding: Finding): void {
    if (this.#last?.organizationId === finding.organizationId) this.#ofFindings.set(finding, this.#last.displayName);
  }

  build(findings: FindingsModel | null): ReadonlyMap<OrganizationId, string> {
    const listed = findings?.rules.flatMap(({ shown, waivers }) => [shown, ...waivers.map((one) => one.shown)]) ?? [];
    for (const finding of listed.flat()) {
      const name = this.#ofFindings.get(finding);
      if (name !== undefined) this.#names.set(finding.organizationId, name);
    }
    return this.#names;
  }
}
