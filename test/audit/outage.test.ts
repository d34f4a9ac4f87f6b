import { describe, expect, it } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import { EvidenceStoreError } from "../../lambda/domain/errors.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { dependencies, inProcessExecution, readEvidence, request, TENANT } from "../support/audit-harness.ts";
import { connection, organizationId } from "../support/builders.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";
import {
  type MemoryEvidenceStore,
  memoryEvidenceStore,
  type StoreOperation,
} from "../support/memory-evidence-store.ts";

const START_MS = Date.UTC(2026, 2, 3, 6);
const ORGANIZATIONS = new Map<ReturnType<typeof organizationId>, readonly JsonObject[]>(
  Array.from({ length: 40 }, (_, index) => [organizationId(String(index)), [connection("1", "samlp").wire]]),
);

/** Steps are saved as JSON, and tried again while the store is away, as a durable execution does. */
function retrying(onRetry: () => void): Execution {
  return {
    ...inProcessExecution,
    async step(_name, work) {
      while (true) {
        try {
          const result = await work();
          return result === undefined ? result : JSON.parse(JSON.stringify(result));
        } catch (error) {
          if (!(error instanceof EvidenceStoreError) || error.code !== "unreachable") throw error;
          onRetry();
        }
      }
    },
  };
}

async function run(clock: ManualClock, store: MemoryEvidenceStore, onRetry = () => {}) {
  const api = fakeManagementApi(ORGANIZATIONS, clock.now);
  const outcome = await audit(request(0), dependencies(store, api, { clock }), retrying(onRetry));
  if (outcome.kind !== "recorded") throw new Error(`The run is ${outcome.kind}.`);
  store.fault = null;
  return { requests: api.usage().requests, evidence: await readEvidence(store, outcome.runId, TENANT) };
}

/** What must be the same whatever happened: everything but names of parts and figures of time. */
function facts({ evidence, requests }: Awaited<ReturnType<typeof run>>) {
  const { manifest, snapshot, changes } = evidence;
  return {
    requests,
    counted: manifest.usage.requests,
    summary: manifest.summary,
    status: manifest.status,
    organizations: snapshot.map(({ organizationId: id, status }) => [id, status]),
    changes,
  };
}

describe("a store that is away", () => {
  const kinds: readonly StoreOperation["kind"][] = ["create", "replace", "read", "list"];

  it("costs no further request to the tenant, whenever it goes away, and the record is the same", async () => {
    const undisturbed = memoryEvidenceStore();
    const expected = facts(await run(manualClock(START_MS), undisturbed));
    for (let first = 1; first <= undisturbed.operations.length; first += 1) {
      const store = memoryEvidenceStore();
      let isAway = false;
      let left = 3;
      store.fault = ({ count, kind }) => {
        if (count === first) isAway = true;
        return isAway && kinds.includes(kind) ? "refused" : null;
      };
      const onRetry = () => {
        left -= 1;
        if (left === 0) isAway = false;
      };
      // What the execution keeps is stored in the next step: the outage ends only by retries.
      const actual = await run(manualClock(START_MS), store, onRetry);
      expect([first, facts(actual)]).toEqual([first, expected]);
    }
  });
});
