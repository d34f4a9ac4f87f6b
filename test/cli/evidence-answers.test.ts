import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Change } from "../../lambda/domain/change.ts";
import type { RunId } from "../../lambda/domain/identifiers.ts";
import { encodeChange, encodeFinding } from "../../lambda/evidence/format/lines.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { ids, readEvidence } from "../support/audit-harness.ts";
import { auditDays, type Day, GOOGLE, SSO } from "../support/audited-days.ts";
import { type Ended, runScript } from "../support/npm-script.ts";
import { storedChanges } from "../support/stored-changes.ts";

const [ONE = raise(), TWO = raise(), THREE = raise()] = ids("1", "2", "3");

/** Days of March 2026: 3 to 7, then none until 26. */
const CAME: Day = {
  connections: new Map([
    [ONE, [SSO, GOOGLE]],
    [TWO, [SSO]],
    [THREE, [SSO]],
  ]),
  displayNames: new Map([[ONE, "Name One"]]),
};
const BEFORE: Day = {
  connections: new Map([
    [ONE, [SSO]],
    [TWO, [SSO]],
    [THREE, [SSO]],
  ]),
  displayNames: new Map([[ONE, "Name One"]]),
};
const RENAMED: Day = { ...BEFORE, names: new Map([[TWO, "globex"]]) };
const TAKEN_OVER: Day = {
  ...BEFORE,
  names: new Map([
    [TWO, "globex"],
    [THREE, "name-000002"],
  ]),
};

let folder: string;
let evidence: string;
let changes: readonly Change[];

function raise(): never {
  throw new Error("There is no such ID.");
}

async function run(...arguments_: readonly string[]): Promise<Ended> {
  return runScript("evidence", [...arguments_, "--in", evidence], { HOME: folder });
}

async function answer(...arguments_: readonly string[]) {
  const { error, out, status } = await run(...arguments_, "--json");
  expect({ error, status }).toEqual({ error: "", status: 0 });
  return JSON.parse(out);
}

async function refused(...arguments_: readonly string[]): Promise<string> {
  const { error, out, status } = await run(...arguments_);
  expect({ out, status }).toEqual({ out: "", status: 1 });
  return error;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evidence-answers-"));
  evidence = join(folder, "evidence");
  const store = folderEvidenceStore(evidence);
  await auditDays(store, [BEFORE, CAME, BEFORE, RENAMED, TAKEN_OVER]);
  await auditDays(store, [TAKEN_OVER], { first: 23 });
  changes = await storedChanges(store);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("evidence changes", () => {
  it("lists every recorded change of the period as it is stored, also what a net difference hides", async () => {
    const { out, status } = await run("changes", "--since", "2026-03-01", "--until", "2026-03-31", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual(changes.map((change) => JSON.parse(encodeChange(change))));
    for (const change of changes) expect(out).toContain(encodeChange(change).trimEnd());
    expect(await answer("changes", "--since", "2026-03-04", "--until", "2026-03-04")).toHaveLength(1);
  });

  it("filters by severity, Organization and connection, by ID or name", async () => {
    const [opened] = await answer("changes", "--severity", "high");
    expect(opened).toMatchObject({ change: "connection_enabled", connection_id: "con_2", organization_id: ONE });
    for (const connection of ["con_2", "google-oauth2"])
      expect(await answer("changes", "--connection", connection)).toHaveLength(2);
    expect(await answer("changes", "--organization", "name-000001")).toHaveLength(2);
    expect(await answer("changes", "--organization", THREE, "--connection", "sso")).toEqual([]);
    expect(await refused("changes", "--connection", "google-oauth")).toContain('"google-oauth2"');
    expect(await refused("changes", "--severity", "worst")).toContain("--severity");
  });

  it.each(["table", "md", "csv"])("prints a %s", async (format) => {
    const { error, out, status } = await run("changes", "--until", "2026-03-07", "--format", format);
    expect({ error, status }).toEqual({ error: "", status: 0 });
    expect(out).toContain("google-oauth2");
  });

  it("refuses a period without a run, and names the nearest runs", async () => {
    const error = await refused("changes", "--since", "2026-03-10", "--until", "2026-03-20");
    expect(error).toContain("20260307T060000Z");
    expect(error).toContain("20260326T060000Z");
  });
});

describe("evidence findings", () => {
  const found = (findings: readonly { readonly organization_id: string; readonly rule: string }[]) =>
    findings.map((one) => `${one.organization_id.slice(-1)} ${one.rule}`);
  const SHARED = ["1 shared-enterprise-connection", "2 shared-enterprise-connection", "3 shared-enterprise-connection"];

  it("lists what was wrong at a time, as it is stored, and by default now", async () => {
    const { out } = await run("findings", "--at", "2026-03-04", "--format", "json");
    expect(found(JSON.parse(out))).toEqual(["1 open-membership", SHARED[0], "1 sso-bypass", ...SHARED.slice(1)]);
    const store = folderEvidenceStore(evidence);
    const { findings } = await readEvidence(store, "20260304T060000Z" as RunId);
    for (const finding of findings) expect(out).toContain(encodeFinding(finding).trimEnd());
    expect(found(await answer("findings"))).toEqual(SHARED);
  });

  it("filters by rule, severity, status and Organization", async () => {
    const at = ["--at", "2026-03-04"];
    expect(found(await answer("findings", ...at, "--rule", "sso-bypass"))).toEqual(["1 sso-bypass"]);
    expect(found(await answer("findings", ...at, "--severity", "high"))).toEqual(["1 open-membership", "1 sso-bypass"]);
    expect(found(await answer("findings", ...at, "--organization", "name-000002"))).toEqual([SHARED[1]]);
    expect(await answer("findings", ...at, "--status", "waived")).toEqual([]);
    expect(await refused("findings", "--rule", "sso-bypas")).toContain('"sso-bypas"');
    expect(await refused("findings", "--severity", "worst")).toContain("--severity");
    expect(await refused("findings", "--at", "2026-02-01")).toContain("20260303T060000Z");
  });

  it("judges the past by another policy, and says so", async () => {
    const policy = join(folder, "policy.json");
    const when = "organization.connections.size() > 1";
    const custom = [{ id: "one-connection", severity: "low", message: "Too many.", when }];
    const rules = { "shared-enterprise-connection": "off", "open-membership": "off" };
    const waivers = [{ rule: "sso-bypass", organization: "name-*", reason: "Known" }];
    await writeFile(policy, JSON.stringify({ version: 1, rules, custom, waivers }));
    const asked = ["findings", "--at", "2026-03-04", "--policy", policy];
    const judged = await answer(...asked);
    expect(found(judged)).toEqual(["1 one-connection", "1 sso-bypass"]);
    expect(judged).toMatchObject([
      { run_id: "20260304T060000Z", first_seen: { run_id: "20260304T060000Z" }, status: "open" },
      { status: "waived", waiver: { reason: "Known" } },
    ]);
    expect(found(await answer(...asked, "--rule", "one-connection"))).toEqual(["1 one-connection"]);
    const { out } = await run(...asked);
    expect(out).toContain(`judged again by ${policy}`);
    await writeFile(policy, '{"version":1,"rules":{"sso-bypas":"off"}}');
    expect(await refused("findings", "--policy", policy)).toContain("sso-bypas");
    expect(await refused("findings", "--policy", join(folder, "none.json"))).toContain("none.json");
  });

  it("finds by the same policy what the run recorded", async () => {
    const policy = join(folder, "built-in.json");
    await writeFile(policy, '{"version":1}');
    for (const at of ["2026-03-03", "2026-03-04", "2026-03-05"]) {
      const ageless = (findings: readonly object[]) => findings.map((one) => ({ ...one, first_seen: null }));
      const recorded = ageless(await answer("findings", "--at", at));
      expect(ageless(await answer("findings", "--at", at, "--policy", policy))).toEqual(recorded);
    }
  });

  it.each(["table", "md", "csv"])("prints a %s", async (format) => {
    const { error, out, status } = await run("findings", "--at", "2026-03-04", "--format", format);
    expect({ error, status }).toEqual({ error: "", status: 0 });
    expect(out).toContain("google-oauth2");
  });
});

describe("evidence diff", () => {
  it("says how many recorded changes cancelled out", async () => {
    const net = await answer("diff", "--from", "2026-03-03", "--to", "2026-03-05");
    expect(net).toMatchObject({ changes: [], net: { recorded_changes: 2, cancelled_out: 2 }, uncovered: [] });
  });

  it("refuses a period without a run", async () => {
    expect(await refused("diff", "--from", "2026-03-08", "--to", "2026-03-25")).toContain("20260326T060000Z");
    expect(await refused("diff", "--from", "20260304T060000Z", "--to", "20260304T060000Z")).toContain("--to");
  });

  it("names the part of the period that no run covers", async () => {
    const { uncovered } = await answer("diff", "--from", "2026-03-07", "--to", "2026-03-31");
    expect(uncovered).toEqual([
      { from: "2026-03-07T06:00:00.000Z", until: "2026-03-26T06:00:00.000Z" },
      { from: "2026-03-26T06:00:00.000Z", until: "2026-03-31T23:59:59.999Z" },
    ]);
  });
});

describe("evidence show", () => {
  it("says how long before the asked time the Organization was observed", async () => {
    expect(await answer("show", "--at", "2026-03-25T06:00:00Z", "--organization", ONE)).toMatchObject({
      asked_at: "2026-03-25T06:00:00.000Z",
      observed_at: "2026-03-07T06:00:00.000Z",
      observed_in_run_id: "20260307T060000Z",
      observed_seconds_before: 18 * 86_400,
    });
  });
});

describe("evidence report", () => {
  it("refuses a day without a run, and names the nearest runs", async () => {
    const error = await refused("report", "--run", "2026-03-10");
    expect(error).toContain("20260307T060000Z");
    expect(error).toContain("20260326T060000Z");
    expect((await run("report", "--run", "2026-03-07T07:00:00Z")).status).toBe(0);
    expect(await refused("report", "--run", "2026-03-07T05:00:00Z")).toContain("20260306T060000Z");
  });
});

describe("evidence history", () => {
  it("shows the period that no run covers", async () => {
    const { history } = await answer("history", "--organization", ONE);
    expect(history.map(({ kind }: { kind: string }) => kind).slice(-3)).toEqual(["observed", "uncovered", "observed"]);
    expect(history.at(-2)).toMatchObject({ from: "2026-03-07T06:00:00.000Z", until: "2026-03-26T06:00:00.000Z" });
  });

  it("refuses a period without a run", async () => {
    const error = await refused("history", "--organization", ONE, "--since", "2026-03-10", "--until", "2026-03-20");
    expect(error).toContain("20260307T060000Z");
  });

  it("finds a connection by its name, also when it was disabled before the period", async () => {
    const named = await answer("history", "--organization", ONE, "--connection", "google-oauth2");
    expect(named).toEqual(await answer("history", "--organization", ONE, "--connection", "con_2"));
    expect(named.connection_id).toBe("con_2");
    const later = await answer(
      "history",
      "--organization",
      ONE,
      "--connection",
      "google-oauth2",
      "--since",
      "2026-03-06",
    );
    expect(later.connection_id).toBe("con_2");
    expect(await refused("history", "--organization", TWO, "--connection", "google-oauth2")).toContain("--connection");
  });
});

describe("the Organization of a name", () => {
  it("is the one that had it at the time", async () => {
    const at = (day: string, name: string) => answer("show", "--at", day, "--organization", name);
    expect(await at("2026-03-04", "name-000002")).toMatchObject({ organization_id: TWO });
    expect(await at("2026-03-07", "name-000002")).toMatchObject({ organization_id: THREE });
    // Its later name, and its display name.
    expect(await at("2026-03-04", "globex")).toMatchObject({ organization_id: TWO });
    expect(await at("2026-03-04", "Name One")).toMatchObject({ organization_id: ONE });
  });

  it("is ambiguous over a time in which two had it", async () => {
    const error = await refused("history", "--organization", "name-000002");
    for (const text of [TWO, THREE, "2026-03-06", "2026-03-07"]) expect(error).toContain(text);
  });

  it("is suggested for a similar one", async () => {
    expect(await refused("history", "--organization", "globx")).toContain('"globex"');
  });
});

describe("evidence runs", () => {
  it("shows the coverage, the gaps, the cost and the hash of each run", async () => {
    const runs = await answer("runs");
    expect(runs).toHaveLength(6);
    expect(runs[0]).toMatchObject({
      run_id: "20260303T060000Z",
      kind: "sweep",
      scope: "all",
      status: "complete",
      coverage: 1,
      organizations_unread: 0,
      gap_from: null,
      manifest_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(runs[5]).toMatchObject({ gap_from: "2026-03-07T06:00:00.000Z", gap_until: "2026-03-26T06:00:00.000Z" });
    expect(await answer("runs", "--since", "20260304T060000Z", "--until", "20260305T060000Z")).toHaveLength(2);
  });

  it.each([["--csv"], ["--format", "md"], ["--format", "table"]])("prints %s %s", async (...format) => {
    const { out, status } = await run("runs", ...format);
    expect(status).toBe(0);
    for (const day of ["20260303", "20260326"]) expect(out).toContain(`${day}T060000Z`);
  });

  it("refuses a period without a run", async () => {
    expect(await refused("runs", "--since", "2026-03-10", "--until", "2026-03-20")).toContain("20260326T060000Z");
  });
});
