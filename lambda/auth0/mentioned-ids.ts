import type { OrganizationId } from "../domain/identifiers.ts";
import type { Json } from "../domain/json.ts";
import { compareText } from "../domain/order.ts";

const MOST_ORGANIZATIONS = 100;
const MOST_SEARCHED_VALUES = 5_000;
const LONGEST_SEARCHED_CHARACTERS = 1_000;

const ORGANIZATION_IDS = /(?<![A-Za-z0-9])org_[A-Za-z0-9]{16}(?![A-Za-z0-9])/g;

/** The Organization IDs anywhere in a JSON value, sorted. Level by level and bounded: the value may be hostile. */
export function organizationIdsIn(details: Json): readonly OrganizationId[] {
  const found = new Set<string>();
  let level: readonly Json[] = [details];
  for (let searched = 0; level.length > 0 && searched < MOST_SEARCHED_VALUES; searched += level.length) {
    for (const value of level)
      if (typeof value === "string")
        for (const [id] of value.slice(0, LONGEST_SEARCHED_CHARACTERS).matchAll(ORGANIZATION_IDS)) found.add(id);
    level = level
      .flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []))
      .slice(0, MOST_SEARCHED_VALUES);
  }
  return [...found]
    .sort(compareText)
    .slice(0, MOST_ORGANIZATIONS)
    .map((id) => id as OrganizationId);
}
