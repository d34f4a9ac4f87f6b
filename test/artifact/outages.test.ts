import { randomUUID } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { ROTATION_STEPS } from "../../lambda/auth0/token/rotation.ts";
import { demoOrganizations } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { RunId } from "../../lambda/domain/identifiers.ts";
import { parseDomain, tenantOf } from "../../lambda/domain/tenant.ts";
import { s3EvidenceStore } from "../../lambda/evidence/store/s3.ts";
import { readEvidence } from "../support/audit-harness.ts";
import { Deployed } from "../support/deployed.ts";
import { httpsFixture } from "../support/https-fixture.ts";
import { type AwsFault, type AwsRequest, type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";

const FAST = { kind: "drip", limit: 1000, perSecond: 1000 } as const;
/** More than the SDK itself sends for one command, so that whole attempts fail. */
const FAILED_REQUESTS = 12;

describe("the deployed stack, when something is away", () => {
  let tenant: DemoTenant;
  let aws: LoopbackAws;
  let deployed: Deployed;
  let undisturbedReads: number;
  let day = 0;

  beforeAll(async () => {
    const { ca, certificate } = await httpsFixture();
    tenant = await startDemoTenant({ organizations: demoOrganizations(), bucket: FAST, certificate });
    aws = await startLoopbackAws([]);
    deployed = await Deployed.synthesize({ domain: tenant.domain }, { aws, ca });
    const { template } = deployed;
    const { id } = template.only("AWS::SecretsManager::Secret", /Credentials/);
    aws.secrets.set(id, JSON.stringify({ client_id: tenant.clientId, client_secret: tenant.clientSecret }));
    const secret = template.reference(template.only("AWS::SecretsManager::Secret", /TokenSecret/));
    const version = randomUUID();
    aws.secrets.startRotation(secret, version);
    for (const step of ROTATION_STEPS) await deployed.rotationStep(step, secret, version);
    undisturbedReads = (await audited()).reads;
  }, 120_000);
  afterEach(() => {
    aws.fault = null;
    tenant.fault = null;
  });
  afterAll(() => Promise.all([tenant.close(), aws.close(), deployed.close()]));

  const reads = () => Object.values(tenant.requests).reduce((sum, count) => sum + count, 0);
  const execute = (signal?: AbortSignal, name = `day-${day}`) =>
    deployed.audit(name, deployed.scheduledEvent(`2026-03-0${day}T06:00:00Z`), signal);

  /** The audit of the next day: how it ended, and what it cost the tenant. */
  async function audited() {
    day += 1;
    const before = { reads: reads(), events: aws.events.length };
    const outcome = await execute().catch((error: unknown) => error);
    return { outcome, reads: reads() - before.reads, events: aws.events.slice(before.events) };
  }

  function evidence() {
    const { template } = deployed;
    const bucket = template.reference(template.only("AWS::S3::Bucket", /EvidenceBucket/));
    const store = s3EvidenceStore(new S3Client(aws.clientConfig), bucket);
    return readEvidence(store, `2026030${day}T060000Z` as RunId, tenantOf(parseDomain(tenant.domain, "the test")));
  }

  /** The first requests that `isMeant` chooses fail. */
  function fail(isMeant: (request: AwsRequest) => boolean, fault: AwsFault): void {
    let left = FAILED_REQUESTS;
    aws.fault = (request) => {
      if (left === 0 || !isMeant(request)) return null;
      left -= 1;
      return fault;
    };
  }

  const unavailable: AwsFault = { kind: "error", status: 503, code: "ServiceUnavailable" };

  it.each<readonly [string, (request: AwsRequest) => boolean, AwsFault]>([
    ["the store, in the middle of the sweep", (request) => isInSweep(request), unavailable],
    ["Secrets Manager", ({ service }) => service === "secretsmanager", unavailable],
    ["EventBridge", ({ service }) => service === "events", unavailable],
    [
      "EventBridge, which throttles",
      ({ service }) => service === "events",
      { kind: "failed_entry", code: "ThrottlingException" },
    ],
  ])(
    "is tried again; the record is complete, and the tenant is asked for nothing twice: %s",
    async (_what, meant, fault) => {
      fail(meant, fault);
      const { events, outcome, reads: cost } = await audited();
      expect(outcome).toMatchObject({ kind: "recorded", status: "complete" });
      expect(cost).toBe(undisturbedReads);
      expect(events.length).toBe(1);
      const { changes, snapshot } = await evidence();
      expect([snapshot.length, changes]).toEqual([tenant.organizations.size, []]);
      expect(logged("A step failed and is tried again.")).toMatchObject({
        error_code: expect.stringMatching(/^(unreachable|token_unavailable)$/),
      });
    },
    120_000,
  );

  /** From the first snapshot part on. */
  function isInSweep({ key, operation }: AwsRequest): boolean {
    return operation === "PutObject" && (key.startsWith("v1/snapshots/") || key.includes("usage"));
  }

  it("logs why an execution failed, publishes the reports, and reports the run with the next delivery", async () => {
    aws.fault = ({ service }) =>
      service === "events" ? { kind: "error", status: 400, code: "AccessDeniedException" } : null;
    const { events, outcome } = await audited();
    expect(outcome).toBeInstanceOf(Error);
    expect(events).toEqual([]);
    expect(await evidence()).toMatchObject({ manifest: { status: "complete" } });
    expect(logged("The audit ended without its record or its report.")).toMatchObject({
      error_code: "refused",
      reason: expect.stringContaining("AccessDeniedException"),
    });
    expect(aws.requests.some(({ key }) => key.includes(`2026030${day}T060000Z`) && key.endsWith("report.html"))).toBe(
      true,
    );
    aws.fault = null;
    expect(await execute(undefined, "next-delivery")).toMatchObject({ kind: "already_recorded" });
    expect(aws.events.length).toBeGreaterThan(0);
    expect(aws.events.at(-1)?.Detail).toContain(`2026030${day}T060000Z`);
  }, 120_000);

  it("records a run as failed whose step is killed each time that it starts, and the next run goes on", async () => {
    day += 1;
    let kills = 0;
    for (let outcome: unknown = null; outcome === null; ) {
      const power = new AbortController();
      const first = tenant.requests.connections;
      tenant.fault = () => {
        if (tenant.requests.connections >= first + 5) power.abort(new Error("It ran out of memory."));
        return false;
      };
      outcome = await execute(power.signal).catch(() => null);
      kills += outcome === null ? 1 : 0;
      if (kills > 10) throw new Error("The step is started without end.");
    }
    tenant.fault = null;
    expect(kills).toBe(5);
    expect((await evidence()).manifest).toMatchObject({ status: "failed", error: { code: "interrupted" } });
    expect((await audited()).outcome).toMatchObject({ kind: "recorded", status: "complete" });
  }, 120_000);

  /** The last entry of the log with this message. */
  function logged(message: string): unknown {
    const lines = deployed.logs.split("\n").filter((line) => line.includes(message));
    return JSON.parse(lines.at(-1) ?? "null");
  }
});
