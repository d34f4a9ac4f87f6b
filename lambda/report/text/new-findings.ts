import type { Finding } from "../../domain/finding.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { ChangeGroup } from "../change-groups.ts";
import type { FindingsModel } from "../findings-model.ts";
import { shortened } from "../limits.ts";
import { organizationLabel } from "./organization.ts";

const MOST_RULES = 2;
const MOST_NAMES = 2;
const TITLE_CHARACTERS = 90;
const NAME_CHARACTERS = 40;

/**
 * `New findings: Sign-in without the customer's identity provider (acme, globex and 3 more).` Of high and medium severity
 * only, without those that the `named` changes explain. Null when there are none. Unescaped.
 */
export function newFindingsText({ rules, worstNew }: FindingsModel, named: readonly ChangeGroup[]): string | null {
  const isExplained = explainedBy(named);
  const severe = worstNew.filter((one) => (one.severity === "high" || one.severity === "medium") && !isExplained(one));
  const ofRule = Map.groupBy(severe, ({ rule }) => rule);
  // The rules are in the order of the report, worst first.
  const byRule = rules.flatMap(({ description, rule }) => {
    const found = ofRule.get(rule);
    return found === undefined ? [] : [{ title: description.title, found }];
  });
  if (byRule.length === 0) return null;
  const texts = byRule.slice(0, MOST_RULES).map(({ title, found }) => {
    const names = [...new Set(found.map((one) => shortened(organizationLabel(one), NAME_CHARACTERS)))];
    const more = names.length - MOST_NAMES;
    const where = `${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${grouped(more)} more` : ""}`;
    return `${shortened(title, TITLE_CHARACTERS)} (${where})`;
  });
  const hidden = byRule.length - texts.length;
  const rest = hidden > 0 ? `; and of ${counted(hidden, "more rule")}` : "";
  return `New ${severe.length === 1 ? "finding" : "findings"}: ${texts.join("; ")}${rest}.`;
}

/** Whether a change is the reason of a finding: it is in the same Organization, or about the same connection. */
function explainedBy(groups: readonly ChangeGroup[]): (finding: Finding) => boolean {
  const organizations = new Set(groups.flatMap(({ changes }) => changes.map(({ organizationId }) => organizationId)));
  const connections = new Set(groups.filter(({ count }) => count > 1).map(({ first }) => first.connectionId));
  return ({ connectionId, organizationId }) =>
    organizations.has(organizationId) || (connectionId !== null && connections.has(connectionId));
}
