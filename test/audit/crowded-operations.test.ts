import { afterEach, describe, expect, it } from "@jest/globals";
import { refusal, send } from "../../lambda/demo/answers.ts";
import { MOST_RESULT_BYTES } from "../../lambda/execution/limits.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { DAY_MS, inProcessExecution } from "../support/audit-harness.ts";
import { ALICE, TERRAFORM } from "../support/demo-logs.ts";
import { DAY_0, LoggedTenant, organizationOf, orgId, withOperations } from "../support/logged-tenant.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

let logged: LoggedTenant;
afterEach(() => logged.tenant.close());

function counted<Key>(keys: readonly Key[]): ReadonlyMap<Key, number> {
  return new Map([...Map.groupBy(keys, (key) => key)].map(([key, all]) => [key, all.length]));
}

/** As many as are looked at, of which two connections are the tenant's. */
const NONE = 2_000 - 1 - 10;

describe("more operations than can be worked out", () => {
  it("on one Organization are stored once, without an effect, and the run says so", async () => {
    logged = await LoggedTenant.start(["A", "B", "C"].map((letter) => organizationOf(letter)));
    const store = memoryEvidenceStore();
    await logged.evidence(0, store);
    const at = (index: number) => ({ atMs: DAY_0 + 60_000 + index * 10_000 });
    const terraform = logged.tenant.operator(TERRAFORM);
    for (let index = 0; index < 6_001; index += 1)
      terraform.update(orgId("A"), "con_saml_A", { show_as_button: index % 2 === 1 }, at(index));
    terraform.update(orgId("B"), "con_saml_B", { is_signup_enabled: true }, at(7_000));
    // As long as C cannot be read, operations that were not decided are handed on.
    logged.during = ({ id, response }) => {
      if (id === orgId("C")) send(response, refusal(500, "Internal Server Error", "Later."));
      return id === orgId("C");
    };
    const { manifest, operations } = await logged.evidence(1, store);
    expect(counted(operations.map((one) => [one.organizationId?.at(-1), one.effect].join(" ")))).toEqual(
      new Map([
        ["A unknown", 6_001],
        ["B change", 1],
      ]),
    );
    expect(manifest.summary).toMatchObject({ attribution: { certain: 1, likely: 1, none: 0 }, undone: 0 });
    expect(manifest.logs).toMatchObject({ complete: true });
    expect(manifest.warnings.join()).toContain(`More than 5,000 operations on ${orgId("A")}`);
    const next = await logged.evidence(2, store);
    expect(next.operations).toEqual([]);
  });

  it("on connections of the whole tenant leave little in each step", async () => {
    logged = await LoggedTenant.start(
      ["A", "B"].map((letter) => organizationOf(letter, { connection_id: "con_gone", connection: { name: "gone" } })),
    );
    const store = memoryEvidenceStore();
    await logged.evidence(0, store);
    const record = (method: "DELETE" | "PATCH", id: string, index: number) =>
      logged.tenant.logs.record(ALICE, {
        method,
        path: `/api/v2/connections/${id}`,
        atMs: DAY_0 + 60_000 + index * 20_000,
      });
    for (const one of logged.tenant.organizations.values())
      one.connections = one.connections.filter((had) => had.connection_id !== "con_gone");
    const gone = record("DELETE", "con_gone", 0);
    for (let index = 0; index < 3_000; index += 1) record(index % 2 === 0 ? "DELETE" : "PATCH", `con_${index}`, index);
    // Of one connection, the newest are looked at.
    for (let index = 0; index < 15; index += 1) record("PATCH", "con_saml_A", index);
    logged.nowMs = DAY_0 + DAY_MS;
    logged.tenant.rotateToken();
    let largest = 0;
    const metered: Execution = {
      ...inProcessExecution,
      step: async (_name, work) => {
        const result = await work();
        largest = Math.max(largest, JSON.stringify(result ?? null).length);
        return result;
      },
    };
    const { manifest, operations } = await withOperations(store, await logged.run(1, store, {}, {}, metered));
    expect(largest).toBeLessThan(MOST_RESULT_BYTES / 2);
    expect(counted(operations.map(({ effect, logId }) => `${effect}${logId === gone ? " gone" : ""}`))).toEqual(
      new Map([
        ["change gone", 1],
        ["none", NONE],
        ["unknown", 3_015 - NONE],
      ]),
    );
    expect(manifest.summary.attribution).toEqual({ certain: 0, likely: 2, none: 0 });
  });
});
