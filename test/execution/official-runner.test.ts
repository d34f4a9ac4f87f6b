import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import { EventBusError } from "../../lambda/domain/errors.ts";
import type { RunId } from "../../lambda/domain/identifiers.ts";
import { durableExecution } from "../../lambda/execution/durable.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { HOURS_OF_RETRIES } from "../../lambda/execution/retries.ts";
import { dependencies, readEvidence, request } from "../support/audit-harness.ts";
import { connection, organizationId } from "../support/builders.ts";
import { DurableFunction } from "../support/durable-function.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const NOW_MS = Date.UTC(2026, 2, 3, 6);
const ORGANIZATIONS = new Map(
  Array.from({ length: 20 }, (_, index) => [organizationId(String(index)), [connection("1", "samlp").wire]] as const),
);

type Work = (execution: Execution) => Promise<unknown>;

/** How the function ended, and the error that it threw itself. */
interface Ending {
  readonly isSuccess: boolean;
  readonly thrown: unknown;
}

async function onOfficialRunner(work: Work): Promise<Ending> {
  let thrown: unknown = null;
  const handlerFunction = withDurableExecution(async (_event: unknown, context: DurableContext) => {
    try {
      return await work(durableExecution(context, { retries: HOURS_OF_RETRIES }));
    } catch (error) {
      thrown = error;
      throw error;
    }
  });
  const runner = new LocalDurableTestRunner({ handlerFunction });
  const execution = await runner.run({ payload: {} });
  return { isSuccess: execution.getStatus() === "SUCCEEDED", thrown };
}

async function onLocalModel(work: Work): Promise<Ending> {
  const durable = await DurableFunction.create({ retries: HOURS_OF_RETRIES });
  const isSuccess = await durable.start(work).then(
    () => true,
    () => false,
  );
  await durable.close();
  return { isSuccess, thrown: durable.thrown };
}

/** The whole pipeline, in chunks with waits between them. The store fails at some calls; the bus as `bus` says. */
function pipeline(failingCalls: ReadonlySet<number>, bus: (attempt: number) => EventBusError | null) {
  const store = memoryEvidenceStore();
  store.fault = ({ count }) => (failingCalls.has(count) ? "refused" : null);
  const events: string[] = [];
  let puts = 0;
  const notice = {
    eventBus: {
      put: async ({ detail }: { readonly detail: string }) => {
        puts += 1;
        const error = bus(puts);
        if (error !== null) throw error;
        events.push(detail);
      },
    },
    metrics: { recorded: () => {}, skipped: () => {} },
  };
  const clock = { now: () => NOW_MS, sleep: async () => {} };
  const api = fakeManagementApi(ORGANIZATIONS, clock.now);
  const { chunk } = request(0);
  const asked = request(0, { chunk: { ...chunk, pauseSeconds: 1 } });
  const work: Work = (execution) => audit(asked, dependencies(store, api, { clock, notice }), execution);
  const facts = async () => {
    store.fault = null;
    const { manifest, snapshot } = await readEvidence(store, "20260303T060000Z" as RunId);
    const reports = [...store.objects.keys()].filter((key) => key.startsWith("v1/reports/"));
    const { status, summary } = manifest;
    return { status, summary, snapshot, reports, events: events.length, requests: api.usage().requests };
  };
  return { work, facts };
}

const ENGINES = [
  ["the official runner", onOfficialRunner],
  ["the local model", onLocalModel],
] as const;

describe.each(ENGINES)("on %s", (_name, run) => {
  beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
  afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

  it("a run whose steps fail for a passing reason leaves the record of an undisturbed one", async () => {
    const undisturbed = pipeline(new Set(), () => null);
    expect(await run(undisturbed.work)).toEqual({ isSuccess: true, thrown: null });
    const expected = await undisturbed.facts();
    expect(expected).toMatchObject({ status: "complete", events: 1 });
    const away = new EventBusError("unreachable", "The bus is away.");
    const disturbed = pipeline(new Set([1, 2, 9, 20, 21, 22, 30, 45]), (attempt) => (attempt < 4 ? away : null));
    expect((await run(disturbed.work)).isSuccess).toBe(true);
    expect(await disturbed.facts()).toEqual(expected);
  });

  it("a refused event fails the execution with its own error, after the reports are published", async () => {
    const refused = new EventBusError("refused", "The bus refused the event; check its policy.");
    const { facts, work } = pipeline(new Set(), () => refused);
    const { isSuccess, thrown } = await run(work);
    expect(isSuccess).toBe(false);
    expect(thrown).toBeInstanceOf(EventBusError);
    expect(thrown).toMatchObject({ code: "refused", message: refused.message });
    const { events, reports, status } = await facts();
    expect([status, events]).toEqual(["complete", 0]);
    expect(reports.length).toBeGreaterThan(0);
  });
});
