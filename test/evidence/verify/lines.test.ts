import { describe, expect, it } from "@jest/globals";
import { EMPTY_SUMMARY } from "../../../lambda/changes/summary.ts";
import type { Change } from "../../../lambda/domain/change.ts";
import { EvidenceError } from "../../../lambda/domain/errors.ts";
import type { ObjectKey, OrganizationId } from "../../../lambda/domain/identifiers.ts";
import type { Operation } from "../../../lambda/domain/operation.ts";
import { encodeChange, encodeFinding, encodeOperation, encodeSnapshot } from "../../../lambda/evidence/format/lines.ts";
import type { EvidenceFile, Manifest } from "../../../lambda/evidence/format/manifest.ts";
import { LineCheck } from "../../../lambda/evidence/verify/lines.ts";
import { problemOf } from "../../../lambda/evidence/verify/problem.ts";
import { connection, deleted, failed, observed, organizationId, RUN_1 } from "../../support/builders.ts";
import { changed, minute, operation } from "../../support/operations.ts";
import { SITUATIONS } from "../../support/situations.ts";

const situation = SITUATIONS["every-kind-of-change"] ?? raise();
const { changes, findings, snapshot } = situation;

function raise(): never {
  throw new Error("The situation is missing.");
}

function file(role: EvidenceFile["role"], first: OrganizationId | null = null, last = first): EvidenceFile {
  const told = { firstOrganizationId: first, lastOrganizationId: last };
  return { role, key: `v1/${role}` as ObjectKey, rows: 0, bytes: 0, sha256: "" as never, stored: null, ...told };
}

/** Puts lines through one file of each role. */
function check(
  manifest: Manifest,
  lines: readonly string[],
  changeLines: readonly string[] = [],
  told = file("snapshot"),
  findingLines: readonly string[] = [],
) {
  const checked = new LineCheck(manifest);
  const add = (all: readonly string[], of: EvidenceFile) => {
    for (const [index, text] of all.entries()) checked.add(text, of, index + 1);
    checked.endFile(of, all.length);
  };
  add(lines, told);
  add(changeLines, file("changes"));
  add(findingLines, file("findings"));
  checked.end();
}

const manifest = { ...situation.manifest, runId: RUN_1 };
const line = (id: string) => encodeSnapshot(observed(id, []));
/** What is wrong; null when nothing is but the summary, which these tests do not keep. */
function problem(...given: Parameters<typeof check> extends [unknown, ...infer Rest] ? Rest : never): string | null {
  try {
    check(manifest, ...given);
    return null;
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return /summary/.test(error.message) ? null : error.message;
  }
}

describe("the lines of a run", () => {
  it("are sound as they were written", () => {
    const sorted = (all: readonly { readonly organizationId: string }[]) =>
      all.every((one, index) => index === 0 || one.organizationId >= (all[index - 1]?.organizationId ?? ""));
    expect(sorted(snapshot)).toBe(true);
    const found = findings.map(encodeFinding);
    check(situation.manifest, snapshot.map(encodeSnapshot), changes.map(encodeChange), file("snapshot"), found);
  });

  it("add up to the summary, or the difference is reported", () => {
    expect(() => check(situation.manifest, snapshot.map(encodeSnapshot), [])).toThrow(
      /summary.*connection_enabled \d+ recorded, 0 counted/,
    );
  });

  it("count what this version does not know", () => {
    const unknown = encodeSnapshot(observed("1", [connection("1", "samlp", { added: 1 })]));
    const { summary } = manifest;
    const one = { ...summary, connections: 1, unknownProperties: 1 };
    const organizations = { requested: 1, observed: 1, failed: 0, deleted: 0 };
    const judged = EMPTY_SUMMARY.findings;
    const none = {
      ...one,
      findings: judged,
      organizations,
      changes: zeros(summary.changes),
      severity: zeros(summary.severity),
    };
    expect(() => check({ ...manifest, summary: none }, [unknown])).not.toThrow();
  });

  it.each<[string, readonly string[], readonly string[], RegExp]>([
    ["is no JSON", ["{"], [], /line 1: it is not JSON/],
    ["is no object", ["[]"], [], /line 1: \$ /],
    [
      "is of another run",
      [encodeSnapshot(observed("1", [], { runId: "20260101T000000Z" as never }))],
      [],
      /another run/,
    ],
    ["has no ID", [line("1").replace("organization_id", "id")], [], /organization_id/],
    ["has another status", [line("1").replace('"observed"', '"seen"')], [], /\$\.status/],
    ["has no connections", [line("1").replace("[]", "null")], [], /enabled_connections/],
    ["has a connection that is none", [line("1").replace("[]", "[1]")], [], /enabled_connections/],
    ["is failed with connections", [encodeSnapshot(failed("1", null)).replace("[]", "[{}]")], [], /is failed, and has/],
    ["is repeated", [line("1"), line("1")], [], /line 2 is out of order/],
    ["is out of order", [line("2"), line("1")], [], /line 2 is out of order/],
    ["has another kind of change", [], [change().replace("connection_enabled", "moved")], /\$\.change/],
    ["has another severity", [], [change().replace('"medium"', '"grave"')], /\$\.severity/],
    ["has a connection ID that is not text", [], [change().replace(/"con_[^"]*"/, "7")], /\$\.connection_id/],
    ["has changes out of order", [], [change("2"), change("1")], /line 2 is out of order/],
  ])("are altered when one %s", (_what, lines, changeLines, message) => {
    expect(problem(lines, changeLines)).toMatch(message);
  });

  it("begin and end with the Organizations that the manifest names", () => {
    const lines = [line("1"), line("2")];
    expect(problem(lines, [], file("snapshot", organizationId("1"), organizationId("2")))).toBeNull();
    expect(problem(lines, [], file("snapshot", organizationId("1"), organizationId("3")))).toMatch(/first or last/);
    expect(problem([], [], file("snapshot", organizationId("1")))).toMatch(/first or last/);
    expect(problem([], [])).toBeNull();
  });

  it("of a deleted Organization count as such", () => {
    expect(problem([encodeSnapshot(deleted("1"))])).toBeNull();
  });
});

describe("the operations of a run", () => {
  const at = (minutes: number, other: Partial<Operation> = {}) =>
    encodeOperation(operation("log-1", { runId: RUN_1, at: minute(minutes), effect: "none", ...other }));
  const of = file("operations");
  const undone = { effect: "undone", undone: [{ undoneBy: null, change: changed("connection_enabled") }] } as const;
  /** What is wrong with the lines alone. */
  function wrong(lines: readonly string[]): string | null {
    const checked = new LineCheck(manifest);
    try {
      for (const [index, text] of lines.entries()) checked.add(text, of, index + 1);
      checked.endFile(of, lines.length);
      return null;
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      return error.message;
    }
  }

  it("are sound as they were written: by time, log entry and Organization", () => {
    const other = { organizationId: organizationId("2") };
    const lines = [at(1), at(1, other), at(1, { logId: "log-2" }), at(2), at(3, undone)];
    expect(wrong(lines)).toBeNull();
  });

  it.each<[string, readonly string[], RegExp]>([
    ["is repeated", [at(1), at(1)], /line 2 is out of order/],
    ["is older than the one before", [at(2), at(1)], /line 2 is out of order/],
    ["has an earlier log entry", [at(1, { logId: "log-2" }), at(1)], /line 2 is out of order/],
    ["has no time", [at(1).replace(/"at":"[^"]*"/, '"at":null')], /\$\.at/],
    ["has no log entry", [at(1).replace('"log_id":"log-1"', '"log_id":7')], /\$\.log_id/],
    ["has another effect", [at(1).replace('"none"', '"some"')], /\$\.effect/],
    ["has an Organization that is not text", [at(1).replace(/"org_0[^"]*"/, "7")], /\$\.organization_id/],
    ["came and went, and does not say what", [at(1, { effect: "undone" })], /does not say/],
    ["says what came and went, and was none", [at(1, { ...undone, effect: "change" })], /is change, and says/],
  ])("are altered when one %s", (_what, lines, message) => {
    expect(wrong(lines)).toMatch(message);
  });

  it("add up to the summary", () => {
    const checked = new LineCheck({ ...manifest, summary: EMPTY_SUMMARY });
    checked.add(at(3, undone), of, 1);
    expect(() => checked.end()).toThrow(/undone 0 recorded, 1 counted/);
  });
});

function zeros<Key extends string>(counts: Readonly<Record<Key, number>>): Record<Key, number> {
  return Object.fromEntries(Object.keys(counts).map((key) => [key, 0])) as Record<Key, number>;
}

function change(end = "1"): string {
  const base = changes.find(({ change: kind }) => kind === "connection_enabled") ?? raise();
  const told: Change = { ...base, runId: RUN_1, organizationId: organizationId(end), severity: "medium" };
  return encodeChange(told);
}

describe("a problem", () => {
  it.each([
    ["truncated", "altered"],
    ["malformed", "altered"],
    ["missing", "missing"],
    ["newer_format", "unreadable_format"],
  ] as const)("of an error that is %s has the verdict %s", (code, verdict) => {
    const key = "v1/x" as ObjectKey;
    expect(problemOf(new EvidenceError(code, "why"), key, RUN_1)).toEqual({
      verdict,
      key,
      runId: RUN_1,
      message: "why",
    });
  });
});
