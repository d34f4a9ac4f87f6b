import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { baseProblems, classEntries, enumerated, isTime, member, objectProblems, objectSchema } from "./ocsf.ts";

const names = v.record(v.string(), v.string());
const classSchema = v.object({
  ...classEntries,
  objects: v.object({
    compliance: v.object({ ...objectSchema.entries, status_id: names }),
    finding_info: v.object({ ...objectSchema.entries, timestamps: v.array(v.string()) }),
    analytic: v.object({ ...objectSchema.entries, type_id: names }),
    remediation: objectSchema,
    resource_details: objectSchema,
  }),
});

const FILE = join(import.meta.dirname, "../fixtures/ocsf-1.8.0-compliance-finding.json");
const CLASS = v.parse(classSchema, JSON.parse(readFileSync(FILE, "utf8")));
const eventSchema = v.looseObject({ resources: v.array(v.unknown()), unmapped: v.record(v.string(), v.unknown()) });

/** What of an event breaks the published class Compliance Finding, one line each; empty for a valid one. */
export function complianceProblems(event: unknown): readonly string[] {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) return ["it has no resources, or is no object"];
  const at = parsed.output;
  const { compliance, finding_info: info, analytic, remediation, resource_details: resource } = CLASS.objects;
  const rule = member(at.finding_info, "analytic");
  const status = [member(at.compliance, "status_id"), member(at.compliance, "status")] as const;
  return [
    ...baseProblems(at, CLASS),
    ...objectProblems(at.compliance, compliance, "compliance"),
    ...enumerated(...status, compliance.status_id, "compliance.status"),
    ...objectProblems(at.finding_info, info, "finding_info"),
    ...info.timestamps.flatMap((name) =>
      isTime(member(at.finding_info, name)) ? [] : [`finding_info.${name} is no time in milliseconds`],
    ),
    ...objectProblems(rule, analytic, "analytic"),
    ...enumerated(member(rule, "type_id"), member(rule, "type"), analytic.type_id, "analytic.type"),
    ...(at.remediation === undefined ? [] : objectProblems(at.remediation, remediation, "remediation")),
    ...at.resources.flatMap((one) => objectProblems(one, resource, "resources")),
  ];
}
