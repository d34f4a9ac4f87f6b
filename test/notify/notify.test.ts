import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { METRIC_NAMESPACE } from "../../lambda/contract.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { EventBusError } from "../../lambda/domain/errors.ts";
import { cloudWatchMetrics } from "../../lambda/notify/cloud-watch.ts";
import { eventBus } from "../../lambda/notify/event-bridge.ts";
import { notify } from "../../lambda/notify/notify.ts";
import { auditDay, DAY_MS, inProcessExecution, TENANT } from "../support/audit-harness.ts";
import { notFound, on } from "../support/demo-faults.ts";
import { type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { situationOf } from "../support/situations.ts";

let aws: LoopbackAws;
let tenant: DemoTenant;
let store: ReturnType<typeof memoryEvidenceStore>;
let written: string[];

beforeAll(async () => {
  aws = await startLoopbackAws();
  tenant = await startDemoTenant({
    organizations: [{ id: "org_0000000000000001", name: "acme", displayName: "Acme", connections: [] }],
  });
});
afterAll(async () => {
  await tenant.close();
  await aws.close();
});
beforeEach(() => {
  store = memoryEvidenceStore();
  written = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  aws.fault = null;
  tenant.fault = null;
});

function metricsLines(): Record<string, unknown>[] {
  return written.flatMap((text) => (text.startsWith("{") ? [JSON.parse(text)] : []));
}

async function notifyOf(day: number): Promise<EventBusError | null> {
  const outcome = await auditDay(day, store, tenant);
  if (outcome.kind !== "recorded") throw new Error(`The run is ${outcome.kind}.`);
  const bus = eventBus(new EventBridgeClient({ ...aws.clientConfig, maxAttempts: 1 }), "default");
  const clock = { now: () => Date.now() + DAY_MS, sleep: async () => {} };
  return notify(
    { eventBus: bus, metrics: cloudWatchMetrics() },
    { clock, store },
    outcome.manifestKey,
    inProcessExecution,
  );
}

describe("a recorded run", () => {
  it("puts an event on the bus, and metrics with the tenant as their only dimension", async () => {
    await notifyOf(0);
    const event = aws.events.at(-1);
    expect(event).toMatchObject({
      EventBusName: "default",
      Source: "auth0-organization-auditor",
      DetailType: "Organization Connections Audit Completed",
    });
    expect(JSON.parse(event?.Detail ?? "")).toMatchObject({ version: "1", tenant: TENANT, status: "complete" });
    const [metrics] = metricsLines();
    expect(metrics).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [["tenant"]] }] },
      tenant: TENANT,
      CompletedRuns: 1,
      PartialRuns: 0,
      FailedRuns: 0,
      OrganizationsObserved: 1,
      OrganizationsFailed: 0,
      FindingsOpenHigh: 0,
      FindingsOpenMedium: 1,
      FindingsOpenLow: 0,
      FindingsNew: 1,
      FindingsWaived: 0,
      Requests: 2,
    });
    expect(Number(metrics?.LastCompleteRunAge)).toBeGreaterThanOrEqual(86_400);
  });

  it("has the age of the last complete run in its metrics, when there is one", async () => {
    tenant.fault = on("connections", notFound());
    await notifyOf(0);
    expect(metricsLines().at(-1)).toMatchObject({ PartialRuns: 1, OrganizationsFailed: 1 });
    expect(metricsLines().at(-1)).not.toHaveProperty("LastCompleteRunAge");
    tenant.fault = null;
    await notifyOf(1);
    expect(metricsLines().at(-1)).toMatchObject({ CompletedRuns: 1, LastCompleteRunAge: expect.any(Number) });
  });

  it.each([
    [{ kind: "error", status: 500, code: "InternalException" }, "unreachable"],
    [{ kind: "error", status: 400, code: "ThrottlingException" }, "unreachable"],
    [{ kind: "error", status: 400, code: "AccessDeniedException" }, "refused"],
    [{ kind: "error", status: 400, code: "ValidationException" }, "refused"],
    [{ kind: "lost_answer" }, "unreachable"],
    [{ kind: "failed_entry", code: "InternalFailure" }, "unreachable"],
    [{ kind: "failed_entry", code: "ThrottlingException" }, "unreachable"],
    [{ kind: "failed_entry", code: "MalformedDetail" }, "refused"],
    [{ kind: "failed_entry", code: "NotAuthorizedForSourceException" }, "refused"],
  ] as const)("returns the error of an event that is not accepted, after the metrics: %j", async (fault, code) => {
    aws.fault = ({ service }) => (service === "events" ? fault : null);
    const error = await notifyOf(0);
    expect(error).toBeInstanceOf(EventBusError);
    expect(error).toMatchObject({ code, message: expect.stringContaining("default") });
    expect(metricsLines()).toEqual([expect.objectContaining({ CompletedRuns: 1 })]);
  });
});

it("has operations in the metrics of a run that read the tenant's logs, and of no other", () => {
  const metricsOf = (manifest: Parameters<ReturnType<typeof cloudWatchMetrics>["recorded"]>[0]) => {
    cloudWatchMetrics().recorded(manifest, null);
    return metricsLines().at(-1);
  };
  const { manifest } = situationOf("who");
  expect(metricsOf(manifest)).toMatchObject({ OperationsUndone: 2, ChangesAttributed: 4 });
  for (const unread of [
    { ...manifest, logs: null },
    { ...manifest, status: "failed" as const },
  ])
    expect(Object.keys(metricsOf(unread) ?? {})).not.toContain("OperationsUndone");
});

it("has no findings in the metrics of a run that judged nothing, and no open ones in those of an update", () => {
  const { manifest } = situationOf("findings");
  const names = () => Object.keys(metricsLines().at(-1) ?? {}).filter((name) => name.startsWith("Findings"));
  cloudWatchMetrics().recorded({ ...manifest, kind: "update" }, null);
  expect(names()).toEqual(["FindingsNew"]);
  for (const judgedNothing of [{ status: "failed" }, { policy: null }] as const) {
    cloudWatchMetrics().recorded({ ...manifest, ...judgedNothing }, null);
    expect(names()).toEqual([]);
  }
});

it("counts an update as an update, and never as the sweep that did not run", () => {
  const { manifest } = situationOf("findings");
  for (const [status, counted] of [
    ["complete", { Updates: 1 }],
    ["partial", { Updates: 1 }],
    ["failed", { FailedRuns: 1 }],
  ] as const) {
    cloudWatchMetrics().recorded({ ...manifest, kind: "update", status }, null);
    const line = metricsLines().at(-1) ?? {};
    expect(line).toMatchObject({ tenant: manifest.tenant, ...counted, Requests: expect.any(Number) });
    for (const name of ["CompletedRuns", "PartialRuns", "OrganizationsObserved", "LastCompleteRunAge"])
      expect(line).not.toHaveProperty(name);
  }
});

it("counts an update that has nothing to read, and one that leaves the tenant to another run", () => {
  const metrics = cloudWatchMetrics();
  metrics.nothingHinted(TENANT);
  metrics.skipped(TENANT, "update");
  expect(metricsLines()).toHaveLength(2);
  for (const line of metricsLines()) {
    expect(line).toMatchObject({ tenant: TENANT, Updates: 1 });
    expect(line).not.toHaveProperty("StoodBackRuns");
  }
});

it("counts a skipped run", () => {
  cloudWatchMetrics().skipped(TENANT, "sweep");
  expect(metricsLines()).toEqual([expect.objectContaining({ tenant: TENANT, StoodBackRuns: 1 })]);
});
