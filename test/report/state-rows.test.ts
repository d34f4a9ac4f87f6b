import { describe, expect, it } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { manifestKey, reportKey } from "../../lambda/evidence/format/keys.ts";
import { publish } from "../../lambda/report/publish.ts";
import { stateList } from "../../lambda/report/state-list.ts";
import { STATE_CSV, stateObject, stateRows } from "../../lambda/report/state-rows.ts";
import { dependencies, inProcessExecution, request, TENANT } from "../support/audit-harness.ts";
import { auditDays, GOOGLE, SSO, threeDays } from "../support/audited-days.ts";
import { carried, connection, deleted, failed, observed, organizationId } from "../support/builders.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const SAML = connection("1", "samlp");
const GITHUB = connection("2", "github", { assign_membership_on_login: true, show_as_button: false }, "=github");
const READ = observed("1", [SAML, GITHUB], { name: "acme", displayName: "Acme Inc." });

describe("the rows of an Organization's state", () => {
  it("are one for each enabled connection", () => {
    const rows = stateRows(READ).map(stateObject);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toEqual({
      organization_id: READ.organizationId,
      organization_name: "acme",
      organization_display_name: "Acme Inc.",
      connection_id: GITHUB.connectionId,
      connection_name: "=github",
      strategy: "github",
      kind: "social",
      assign_membership_on_login: true,
      show_as_button: false,
      is_signup_enabled: false,
      status: "read",
      observed_at: READ.observedAt,
      run_id: READ.runId,
    });
  });

  it("are one without a connection where none is enabled", () => {
    expect(stateRows(observed("1", [])).map(stateObject)).toMatchObject([
      { connection_id: null, kind: null, status: "read" },
    ]);
  });

  it("of an unread Organization are those of its last observation, with that observation's time and run", () => {
    const last = carried(READ);
    const rows = stateRows(failed("1", last)).map(stateObject);
    expect(rows.map((row) => row.connection_id)).toEqual([SAML.connectionId, GITHUB.connectionId]);
    expect(new Set(rows.map((row) => row.status))).toEqual(new Set(["unread"]));
    expect(rows[0]).toMatchObject({ observed_at: last.observedAt, run_id: last.runId });
  });

  it("of an Organization that was never read have no observation", () => {
    expect(stateRows(failed("1", null)).map(stateObject)).toMatchObject([
      { connection_id: null, status: "unread", observed_at: null, run_id: null },
    ]);
  });

  it("are none for a deleted Organization", () => {
    expect(stateRows(deleted("1"))).toEqual([]);
  });

  it("are no formulas in CSV, and are typed in JSON", () => {
    const [, row] = stateRows(READ);
    if (row === undefined) throw new Error("There is no second row.");
    expect(STATE_CSV.row(stateObject(row))).toContain(`"'=github","github","social","true","false","false","read"`);
    const json = stateList("json");
    const text =
      json.start() +
      stateRows(READ)
        .map((one, index) => json.row(one, index))
        .join("") +
      json.end();
    expect(JSON.parse(text)).toEqual(stateRows(READ).map(stateObject));
  });
});

describe("state.csv of a run over a list", () => {
  const wires: readonly JsonObject[] = [SSO, GOOGLE];

  async function listRun() {
    const store = memoryEvidenceStore();
    const swept = await auditDays(store, threeDays().slice(0, 1));
    const id = organizationId("2");
    const at = Date.UTC(2026, 2, 4, 6);
    const api = fakeManagementApi(new Map([[id, wires]]), () => at);
    const clock = { now: () => at, sleep: async () => {} };
    const outcome = await audit(
      request(1, { organizations: [id] }),
      dependencies(store, api, { clock }),
      inProcessExecution,
    );
    if (outcome.kind !== "recorded") throw new Error(`The run is ${outcome.kind}.`);
    return { store, swept, runId: outcome.runId };
  }

  it("has the whole tenant: what the run read, and the rest as the sweep read it", async () => {
    const { runId, store, swept } = await listRun();
    const rows = store
      .text(reportKey(TENANT, runId, "state.csv"))
      .trimEnd()
      .split("\r\n")
      .slice(1);
    const cells = rows.map((row) => row.split(","));
    expect(cells.map(([id, , , connectionId]) => [id, connectionId])).toEqual([
      [`"${organizationId("1")}"`, '"con_1"'],
      [`"${organizationId("2")}"`, '"con_1"'],
      [`"${organizationId("2")}"`, '"con_2"'],
      [`"${organizationId("3")}"`, '"con_1"'],
    ]);
    expect(cells.map((row) => row.at(-1))).toEqual([swept[0], runId, runId, swept[0]].map((run) => `"${run}"`));
  });

  it("is left out, and nothing else, when the evidence of the sweep was altered", async () => {
    const { runId, store } = await listRun();
    for (const key of [...store.objects.keys()]) {
      if (key.includes(`/${runId}/`) && key.startsWith("v1/reports/")) store.objects.delete(key);
      if (key.startsWith("v1/snapshots/") && !key.includes(runId))
        store.objects.set(key, { body: Buffer.from("altered"), contentType: "" });
    }
    await publish(store, manifestKey(TENANT, runId));
    expect(store.objects.has(reportKey(TENANT, runId, "report.html"))).toBe(true);
    expect(store.objects.has(reportKey(TENANT, runId, "state.csv"))).toBe(false);
  });
});
