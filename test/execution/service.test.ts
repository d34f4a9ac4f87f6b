import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LocalService } from "../../lambda/execution/local/service.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";

let folder: string;
let clock: ManualClock;
let service: LocalService;
let token: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "service-"));
  clock = manualClock();
  await open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function open(): Promise<void> {
  const file = join(folder, "execution.ndjson");
  service = await LocalService.open({ event: {}, file, clock, invocationMs: 900_000 });
  token = service.invocation().CheckpointToken;
}

type Updates = NonNullable<Parameters<LocalService["checkpoint"]>[0]["Updates"]>;
type Update = Updates[number];
const step = (Action: Update["Action"], more: Partial<Update> = {}): Update => ({
  Id: "1",
  Name: "one",
  Type: "STEP",
  Action,
  ...more,
});

/** Saves one update; rejects when the service refuses it. */
async function save(...updates: Updates) {
  const answer = service.checkpoint({
    DurableExecutionArn: "arn",
    CheckpointToken: token,
    Updates: updates,
  });
  const saved = await Promise.race([answer, service.ended]);
  token = saved.CheckpointToken ?? "";
  return saved.NewExecutionState?.Operations?.at(-1);
}

describe("the local model of the durable service", () => {
  it("counts an attempt when it is over and another follows", async () => {
    expect((await save(step("START")))?.StepDetails?.Attempt).toBe(0);
    const retry = await save(step("RETRY", { StepOptions: { NextAttemptDelaySeconds: 3 } }));
    expect(retry).toMatchObject({ Status: "PENDING", StepDetails: { Attempt: 1 } });
    const before = clock.now();
    await service.letTimePass(new AbortController().signal);
    expect(clock.now() - before).toBe(3_000);
    expect(await save(step("START"))).toMatchObject({ Status: "STARTED", StepDetails: { Attempt: 1 } });
  });

  it.each([
    ["a step that ends without a start", [step("SUCCEED")]],
    ["a step that starts twice", [step("START"), step("START")]],
    ["a step that goes on after its end", [step("START"), step("SUCCEED"), step("FAIL")]],
    ["a retry that starts before its time", [step("START"), step("RETRY"), step("START")]],
    ["an operation that changes its type", [step("START"), step("SUCCEED", { Type: "WAIT" })]],
    ["an error that is too large", [step("START"), step("FAIL", { Error: { ErrorMessage: "x".repeat(300_000) } })]],
    ["a result that is too large", [step("START"), step("SUCCEED", { Payload: "x".repeat(300_000) })]],
  ])("refuses %s", async (_what, updates) => {
    await expect(save(...updates)).rejects.toBeInstanceOf(RangeError);
  });

  it("refuses a checkpoint token that is not the last one", async () => {
    const first = token;
    await save(step("START"));
    token = first;
    await expect(save(step("SUCCEED"))).rejects.toBeInstanceOf(RangeError);
  });

  it("saves a step that failed, and the next start tries it and what followed again", async () => {
    await save(step("START", { Id: "0" }), step("SUCCEED", { Id: "0" }));
    await save(step("START"));
    const failed = await save(step("FAIL", { Error: { ErrorType: "Error", ErrorMessage: "broken" } }));
    expect(failed).toMatchObject({ Status: "FAILED", StepDetails: { Error: { ErrorMessage: "broken" } } });
    await save(step("START", { Id: "2" }));
    await open();
    const { InitialExecutionState: state } = service.invocation();
    expect(state.Operations?.map(({ Id }) => Id)).toEqual(["execution", "0"]);
  });

  it("kills an invocation whose time is up, and answers only the next one", async () => {
    await save(step("START"));
    clock.advance(900_000);
    const late = service.checkpoint({ DurableExecutionArn: "arn", CheckpointToken: token, Updates: [step("SUCCEED")] });
    expect(await Promise.race([late, service.killed])).toBe("killed");
    token = service.invocation().CheckpointToken;
    expect(service.remainingMs()).toBe(900_000);
    expect(await save(step("SUCCEED"))).toMatchObject({ Status: "SUCCEEDED" });
  });
});
