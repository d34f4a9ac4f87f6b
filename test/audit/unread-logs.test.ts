import { afterEach, describe, expect, it } from "@jest/globals";
import { attribute } from "../../lambda/attribution/attribute.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { refusal, send } from "../../lambda/demo/answers.ts";
import type { FaultRequest } from "../../lambda/demo/tenant.ts";
import { DAY_MS } from "../support/audit-harness.ts";
import { ALICE } from "../support/demo-logs.ts";
import {
  DAY_0,
  type EvidenceWithOperations,
  GOOGLE,
  LoggedTenant,
  organizationOf,
  orgId,
  SCOPES,
} from "../support/logged-tenant.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

let logged: LoggedTenant;
afterEach(() => logged.tenant.close());

const answer =
  (status: number, message: string, code?: string) =>
  ({ response }: FaultRequest) =>
    send(response, refusal(status, message, message, code));
const html = ({ response }: FaultRequest) => response.writeHead(200, { "content-type": "text/html" }).end("<html>");

/** Two days, with one known change before the second, whose logs cannot be read. */
async function secondDay(fail: ((request: FaultRequest) => unknown) | null, scopes: readonly string[] = SCOPES) {
  logged = await LoggedTenant.start([organizationOf("A"), organizationOf("B")], scopes);
  const store = memoryEvidenceStore();
  await logged.evidence(0, store);
  const atMs = DAY_0 + 3_600_000;
  const logId = logged.tenant.operator(ALICE).enable(orgId("A"), GOOGLE, { atMs });
  let [requests, firstMs] = [0, 0];
  logged.during = (request) => {
    if (request.route !== "logs") return false;
    requests += 1;
    if (firstMs === 0) firstMs = logged.nowMs;
    fail?.(request);
    return fail !== null;
  };
  const evidence = await logged.evidence(1, store);
  logged.during = () => false;
  return { store, logId, evidence, requests, tookMs: firstMs === 0 ? 0 : logged.nowMs - firstMs };
}

function attributed({ changes, manifest, operations }: EvidenceWithOperations) {
  return changes.map((change) => attribute(change, operations, manifest.logs).because);
}

describe("a run whose logs cannot be read", () => {
  it.each<[string, ((request: FaultRequest) => unknown) | null, readonly string[] | undefined]>([
    ["are not granted by the token", null, [SCOPE.connections, SCOPE.organizations]],
    ["answer 403 for want of a scope", answer(403, "Forbidden", "insufficient_scope"), undefined],
  ])("is as it was before there were any when they %s", async (_what, fail, scopes) => {
    const { evidence, requests } = await secondDay(fail, scopes);
    expect(requests).toBeLessThanOrEqual(1);
    expect(evidence.manifest).toMatchObject({ status: "complete", error: null, logs: null });
    expect(evidence.manifest.files.map(({ role }) => role)).toEqual(["snapshot", "changes", "findings"]);
    expect(attributed(evidence)).toEqual(["logs_not_granted"]);
    expect(evidence.manifest.summary).toMatchObject({ attribution: { certain: 0, likely: 0, none: 1 }, undone: 0 });
  });

  it.each([
    ["401", answer(401, "Unauthorized")],
    ["403", answer(403, "Forbidden")],
    ["404", answer(404, "Not Found", "not_found")],
    ["429 for ever", answer(429, "Too Many Requests", "too_many_requests")],
    ["500", answer(500, "Internal Server Error")],
    ["a page of HTML", html],
    ["JSON that is no page", ({ response }: FaultRequest) => response.writeHead(200).end('{"logs":7}')],
    ["entries that are none", ({ response }: FaultRequest) => response.writeHead(200).end(`[${"7,".repeat(99)}7]`)],
    ["nothing at all", () => {}],
  ])("is complete when they answer %s, says what is missing, and does not wait for long", async (_what, fail) => {
    const { evidence, logId, requests, store, tookMs } = await secondDay(fail);
    const { manifest } = evidence;
    expect(manifest).toMatchObject({ status: "complete", error: null });
    expect(manifest.logs).toMatchObject({ complete: false, because: "logs_incomplete", entries: 0 });
    expect(attributed(evidence)).toEqual(["logs_incomplete"]);
    expect(manifest.files.filter(({ role }) => role === "operations")).toMatchObject([{ rows: 0 }]);
    expect(requests).toBeLessThanOrEqual(120);
    expect(tookMs).toBeLessThan(120_000);

    // The next run reads on from there.
    const next = await logged.evidence(2, store);
    expect(next.operations.map((one) => [one.logId, one.effect])).toEqual([[logId, "none"]]);
    expect(next.manifest.logs).toMatchObject({ complete: true, because: null });
  });

  it("keeps what it read before they failed, and the next one reads the rest", async () => {
    logged = await LoggedTenant.start([organizationOf("A")]);
    const store = memoryEvidenceStore();
    await logged.evidence(0, store);
    const alice = logged.tenant.operator(ALICE);
    const expected = Array.from({ length: 2_500 }, (_, index) =>
      alice.update(
        orgId("A"),
        "con_saml_A",
        { show_as_button: index % 2 === 1 },
        { atMs: DAY_0 + 60_000 + index * 20_000 },
      ),
    );
    let requests = 0;
    logged.during = ({ response, route }) => {
      if (route !== "logs") return false;
      requests += 1;
      if (requests <= 14) return false;
      send(response, refusal(503, "Service Unavailable", "Later."));
      return true;
    };
    const { manifest, operations } = await logged.evidence(1, store);
    logged.during = () => false;
    expect(manifest.logs).toMatchObject({ complete: false, because: "logs_incomplete" });
    expect(operations.length).toBeGreaterThan(900);
    expect(operations.map(({ logId }) => logId)).toEqual(expected.slice(0, operations.length));
    expect(manifest.logs?.entries).toBe(operations.length);
    expect(Date.parse(manifest.logs?.until ?? "")).toBeLessThan(DAY_0 + DAY_MS);
    const next = await logged.evidence(2, store);
    expect(next.operations.map(({ logId }) => logId)).toEqual(expected.slice(operations.length));
    expect(next.manifest.logs).toMatchObject({ complete: true, because: null });
  });
});
