import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Change } from "../../lambda/domain/change.ts";
import { CHANGE_KINDS, SEVERITIES } from "../../lambda/domain/change.ts";
import type { Finding } from "../../lambda/domain/finding.ts";
import type { OrganizationId, RunId, Timestamp } from "../../lambda/domain/identifiers.ts";
import type { FailureCode } from "../../lambda/domain/organization.ts";
import { FAILURE_CODES } from "../../lambda/domain/organization.ts";
import { tenantOf } from "../../lambda/domain/tenant.ts";
import { renderEvent } from "../../lambda/report/event.ts";
import type { FindingsModel } from "../../lambda/report/findings-model.ts";
import { renderIndex } from "../../lambda/report/html/index-page.ts";
import { renderHtml } from "../../lambda/report/html/report-page.ts";
import { renderJson } from "../../lambda/report/json.ts";
import { fitting, shortened } from "../../lambda/report/limits.ts";
import { renderMarkdown } from "../../lambda/report/markdown.ts";
import type { ReportModel } from "../../lambda/report/model.ts";
import { indexDays, MAX_INDEX_DAYS, MAX_NEWEST_RUNS } from "../../lambda/report/read-index.ts";
import { AT_1, AT_2, connection, RUN_2 } from "../support/builders.ts";
import { chain, modelOf, situationOf } from "../support/situations.ts";

const MAX_BYTES = 1_000_000;
/** Characters that grow most when they are escaped for HTML, Markdown or JSON. */
const name = fc
  .tuple(
    fc.constantFrom('"', "&", "<", "\u0000", "\uD800", "漢", "x", "'", "@", "👩‍👩‍👧‍👦"),
    fc.integer({ min: 1, max: 1_000 }),
  )
  .map(([character, length]) => character.repeat(length));

interface Shape {
  readonly name: string;
  readonly kind: Change["change"];
  readonly severity: Change["severity"];
  readonly code: FailureCode;
  readonly connections: number;
  readonly properties: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  name,
  kind: fc.constantFrom(...CHANGE_KINDS),
  severity: fc.constantFrom(...SEVERITIES),
  code: fc.constantFrom(...FAILURE_CODES),
  connections: fc.integer({ min: 0, max: 40 }),
  properties: fc.integer({ min: 0, max: 20 }),
});

/** A report with as many items as its model allows, each with a long name. */
function full({ name: long, kind, severity, code, connections, properties }: Shape): ReportModel {
  const empty = modelOf(situationOf("unchanged"));
  const many = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);
  const organizationId = "org_0000000000000001" as OrganizationId;
  const wide = many(connections, connection("1", long, { extra: long }, long));
  const property = { name: long, previousValue: long, updatedValue: [long] };
  const change: Change = {
    runId: RUN_2,
    organizationId,
    organizationName: long,
    change: kind,
    connectionId: wide[0]?.connectionId ?? null,
    connectionName: long,
    strategy: long,
    properties: many(properties, property),
    severity,
    reasons: many(12, long),
    between: { after: AT_1, before: AT_2 },
  };
  const of = { runId: "20260303T060000Z" as RunId, observedAt: AT_1 as Timestamp };
  const named = { organizationName: long, organizationDisplayName: long };
  return {
    ...empty,
    manifest: { ...empty.manifest, warnings: many(1_000, long), error: { code: long, message: long } },
    recent: { runs: chain(30), broken: null },
    changes: many(500, change),
    groups: [
      { severity, count: 2_000_000, first: change, changes: many(500, change) },
      ...many(499, { severity, count: 1, first: change, changes: [change] }),
    ],
    displayNames: new Map([[organizationId, long]]),
    signIn: many(500, {
      ...named,
      organizationId,
      connections: many(Math.min(10, connections), {
        ...connection("1", long, {}, long),
        isMembershipAutomatic: true,
        isShared: true,
        isHidden: true,
        isSignupEnabled: true,
      }),
      connectionsTotal: 1_000_000,
    }),
    findings: fullFindings(change),
    unread: many(500, {
      organizationId,
      organizationName: long,
      failure: { code, httpStatus: 500, message: long, attempts: 5 },
      lastObserved: { ...of, ...named, enabledConnections: wide },
    }),
    strategies: many(2_000, { strategy: long, connections: 1_000_000, organizations: 1_000_000 }),
    open: many(200, { organizationId, organizationName: long, membership: wide, signup: wide }),
    openTotal: 2_000_000,
  };
}

/** Findings of as many rules and waivers as a policy may have, with the texts of a change. */
function fullFindings({ reasons: [long = ""], severity, ...about }: Change): FindingsModel {
  const many = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);
  const waiver = { reason: long, expires: "2026-03-09", approvedBy: long };
  const finding: Finding = {
    ...about,
    severity,
    rule: "x".repeat(64),
    ruleVersion: 10_000,
    status: "open",
    stateObservedAt: AT_2,
    firstSeen: { runId: RUN_2, at: AT_2 },
    message: long,
    waiver: null,
  };
  const description = { title: long, wrong: long, why: long, remedy: long, source: null, version: 10_000, severity };
  const described = { rule: finding.rule, description };
  const open = { high: 2_000_000, medium: 2_000_000, low: 2_000_000, info: 2_000_000 };
  const counts = { open, organizations: 2_000_000, new: 2_000_000, waived: 2_000_000, notEvaluated: 2_000_000 };
  const waivers = many(2_000, { waiver, count: 2_000_000, shown: many(5, { ...finding, waiver }) });
  const named = { ...waiver, rule: finding.rule, ruleVersion: 1, organization: long, connection: long };
  return {
    rules: many(57, { ...described, ...counts, shown: many(100, finding), waivers }),
    quiet: many(57, described),
    off: many(7, described),
    organizations: { open: 2_000_000, high: 2_000_000 },
    newBySeverity: open,
    worstNew: many(50, finding),
    undecided: many(100, { ...finding, rules: many(57, finding.rule) }),
    undecidedTotal: 2_000_000,
    waivers: { expired: many(2_000, named), expiring: many(2_000, named), unmatched: many(2_000, named) },
    isPostponed: true,
  };
}

describe("a report with the longest names is under 1 MB", () => {
  it.each([
    ["report.html", renderHtml],
    ["report.json", renderJson],
    ["report.md", renderMarkdown],
  ])("%s", (_name, render) => {
    fc.assert(
      fc.property(shape, (drawn) => {
        expect(Buffer.byteLength(render(full(drawn)))).toBeLessThan(MAX_BYTES);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it("an event is under 200 KB", () => {
    fc.assert(
      fc.property(shape, (drawn) => {
        expect(Buffer.byteLength(renderEvent(full(drawn), "s3://evidence").detail)).toBeLessThan(200_000);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it.each(["sweep", "update"] as const)("index.html, every run a %s", (kind) => {
    const huge = 2_000_000;
    const counts = { requested: huge, observed: huge, failed: huge, deleted: huge };
    const severity = { high: huge, medium: huge, low: huge, info: huge };
    const findings = { open: severity, new: huge, resolved: huge };
    const runs = chain(2 * MAX_INDEX_DAYS + MAX_NEWEST_RUNS).map((summary) => ({
      runId: summary.runId,
      summary: { ...summary, kind, organizations: counts, severity, findings },
    }));
    const tenant = tenantOf(modelOf(situationOf("unchanged")).manifest.domain);
    expect(Buffer.byteLength(renderIndex(tenant, indexDays(runs)))).toBeLessThan(MAX_BYTES);
  });
});

it("a list ends with the last item that fits completely", () => {
  expect(fitting(7, ["ab", "żz", "cd", ""], (text) => text).map(({ text }) => text)).toEqual(["ab", "żz", "cd", ""]);
  expect(fitting(6, ["ab", "żz", "cd", ""], (text) => text).map(({ text }) => text)).toEqual(["ab", "żz"]);
});

it("a long text is cut off between characters", () => {
  expect(shortened("abcdef", 6)).toBe("abcdef");
  expect(shortened("abcdefg", 6)).toBe("abcde…");
  expect(shortened("abcd👩g", 6)).toBe("abcd…");
});
