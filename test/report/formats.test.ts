import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { RunId } from "../../lambda/domain/identifiers.ts";
import type { Json, JsonObject } from "../../lambda/domain/json.ts";
import { describeRule, parsePolicy } from "../../lambda/findings/policy.ts";
import { renderJson } from "../../lambda/report/json.ts";
import { ocsfRow, ocsfUndoneRow } from "../../lambda/report/ocsf.ts";
import { ocsfFindingRow } from "../../lambda/report/ocsf-finding.ts";
import { AT_1, RUN_1, RUN_2 } from "../support/builders.ts";
import { ocsfProblems } from "../support/ocsf.ts";
import { complianceProblems } from "../support/ocsf-compliance.ts";
import { explainedChanges, modelOf, SITUATIONS, situationOf } from "../support/situations.ts";

const CASES = Object.entries(SITUATIONS);
const ROOT = join(import.meta.dirname, "../..");
const SCHEMA: JsonObject = JSON.parse(readFileSync(join(ROOT, "docs/report.schema.json"), "utf8"));

/** The schema without permission to add keys: every key of a report must be described. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in schema && !("additionalProperties" in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
}

function validator(schema: Json) {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
  formats.default(ajv);
  if (typeof schema !== "object" || schema === null) throw new TypeError("The schema is not an object.");
  return ajv.compile(schema);
}

describe("report.json matches docs/report.schema.json", () => {
  const validate = validator(closed(SCHEMA));

  it.each(CASES)("%s", (_name, situation) => {
    validate(JSON.parse(renderJson(modelOf(situation))));
    expect(validate.errors ?? []).toEqual([]);
  });

  it("and the schema rejects other documents", () => {
    const report: JsonObject = JSON.parse(renderJson(modelOf(situationOf("lock-out"))));
    const { verdict, ...without } = report;
    for (const wrong of [
      without,
      { ...report, status: "fine" },
      { ...report, started_at: "yesterday" },
      { ...report, new_key: verdict },
    ])
      expect(validate(wrong)).toBe(false);
    // A reader that validates accepts the keys that a later minor version adds.
    expect(validator(SCHEMA)({ ...report, new_key: 1 })).toBe(true);
  });
});

describe("changes.ocsf.ndjson has events of the published class", () => {
  const events = (name: string): readonly JsonObject[] => {
    const situation = situationOf(name);
    const { manifest, operations } = situation;
    const undone = operations.flatMap((one) => one.undone.map((each) => ocsfUndoneRow(each, one, manifest)));
    const changed = explainedChanges(situation).map(({ change, who }) => ocsfRow(change, manifest, who));
    return [...undone, ...changed].map((line) => JSON.parse(line));
  };

  it.each(CASES)("%s", (name) => {
    for (const event of events(name)) expect(ocsfProblems(event)).toEqual([]);
  });

  it("and the check finds errors", () => {
    const [event] = events("lock-out");
    const wrong: readonly JsonObject[] = [
      { ...event, activity_id: 14 },
      { ...event, time: 1_772_000_000 },
      { ...event, type_uid: 300499 },
      { ...event, severity: "Critical" },
      { ...event, entity: { type_id: 99, type: "Nameless" } },
      { ...event, metadata: { version: "1.8.0" } },
      { ...event, invented: true },
    ];
    expect(ocsfProblems(event)).toEqual([]);
    for (const one of wrong) expect(ocsfProblems(one)).not.toEqual([]);
  });

  it("with an activity for each kind of change, and with an actor only where the logs name one", () => {
    const kinds = events("every-kind-of-change").map(({ unmapped, activity_id: id, severity_id: severity }) => [
      typeof unmapped === "object" && unmapped !== null && "change" in unmapped ? unmapped.change : null,
      id,
      severity,
    ]);
    expect(kinds).toEqual(
      expect.arrayContaining([
        ["connection_enabled", 8, 4],
        ["connection_disabled", 9, 3],
        ["connection_updated", 3, 4],
        ["organization_created", 1, 3],
        ["organization_deleted", 4, 3],
      ]),
    );
    for (const event of events("every-kind-of-change")) expect(event).not.toHaveProperty("actor");
    expect(events("who").filter((event) => "actor" in event)).toHaveLength(6);
  });

  it("with IDs that are unique and stable", () => {
    const uids = events("every-kind-of-change").map(({ metadata }) => JSON.stringify(metadata));
    expect(new Set(uids).size).toBe(uids.length);
    expect(events("every-kind-of-change").map(({ metadata }) => JSON.stringify(metadata))).toEqual(uids);
  });
});

describe("findings.ocsf.ndjson has events of the published class", () => {
  const events = (name: string): readonly JsonObject[] => {
    const { findings, manifest, policy } = situationOf(name);
    const judgedBy = parsePolicy(policy, "the policy");
    return findings.map((finding) =>
      JSON.parse(ocsfFindingRow(finding, describeRule(judgedBy, finding.rule), manifest)),
    );
  };

  it.each(CASES)("%s", (name) => {
    for (const event of events(name)) expect(complianceProblems(event)).toEqual([]);
  });

  it("and the check finds errors", () => {
    const [event] = events("lock-out");
    const { finding_info: info, compliance } = event ?? {};
    const wrong: readonly JsonObject[] = [
      { ...event, activity_id: 4 },
      { ...event, type_uid: 300401 },
      { ...event, status: "Ignored" },
      { ...event, finding_info: { ...Object(info), uid: undefined } },
      { ...event, finding_info: { ...Object(info), first_seen_time: 1_772_000_000 } },
      { ...event, compliance: { ...Object(compliance), status: "Pass" } },
      { ...event, remediation: {} },
      { ...event, resources: [{ type: "Nameless" }] },
      { ...event, invented: true },
    ];
    expect(complianceProblems(event)).toEqual([]);
    for (const one of wrong) expect(complianceProblems(one)).not.toEqual([]);
  });

  it("with a status by age and waiver, and a check that fails all the same", () => {
    const statuses = events("findings").map(({ compliance, status, unmapped }) =>
      [Object(unmapped).status, status, Object(compliance).status].join(", "),
    );
    expect(new Set(statuses)).toEqual(
      new Set([
        "open, New, Fail",
        "open, In Progress, Fail",
        "waived, Suppressed, Fail",
        "not_evaluated, New, Warning",
        "not_evaluated, In Progress, Warning",
      ]),
    );
  });

  it("with an ID for each finding that is the same in every run", () => {
    const { findings, manifest, policy } = situationOf("findings");
    const judgedBy = parsePolicy(policy, "the policy");
    const uids = (runId: RunId) =>
      findings.map((finding) => {
        const event = JSON.parse(
          ocsfFindingRow({ ...finding, runId }, describeRule(judgedBy, finding.rule), {
            ...manifest,
            completedAt: AT_1,
          }),
        );
        return String(event.finding_info.uid);
      });
    expect(new Set(uids(RUN_1)).size).toBe(findings.length);
    expect(uids(RUN_1)).toEqual(uids(RUN_2));
  });
});
