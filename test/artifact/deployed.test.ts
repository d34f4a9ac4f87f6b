import { randomUUID } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ROTATION_STEPS } from "../../lambda/auth0/token/rotation.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { demoPolicyText } from "../../lambda/demo/policy.ts";
import { demoChanges, demoOrganizations, UNREADABLE } from "../../lambda/demo/scenario.ts";
import { type DemoActor, type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { RunId } from "../../lambda/domain/identifiers.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { parseDomain, tenantOf } from "../../lambda/domain/tenant.ts";
import { ALWAYS } from "../../lambda/domain/time.ts";
import { operationsOfRun } from "../../lambda/evidence/query/run-lines.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { s3EvidenceStore } from "../../lambda/evidence/store/s3.ts";
import { verifyTenant } from "../../lambda/evidence/verify/verify.ts";
import { type Evidence, readEvidence } from "../support/audit-harness.ts";
import { EXPECTED_DEMO_CHANGES } from "../support/demo-changes.ts";
import { Deployed } from "../support/deployed.ts";
import { httpsFixture } from "../support/https-fixture.ts";
import { type AwsRequest, type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";

const DAYS = ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"] as const;
const UPDATES = ["2026-03-06T07:00:00Z", "2026-03-06T07:05:00Z"] as const;
const UPDATE_RUN = "20260306T070000Z" as RunId;
const POLICY: unknown = JSON.parse(demoPolicyText(Date.now()));
const PSEUDONYM_KEY = "0123456789abcdef".repeat(4);
const EVE: DemoActor = {
  kind: "dashboard",
  userId: "auth0|eve",
  name: "Eve",
  email: "eve@example.com",
  ip: "203.0.113.66",
};
const FAST = { kind: "drip", limit: 1000, perSecond: 1000 } as const;

describe("the deployed stack, as its template says", () => {
  let tenant: DemoTenant;
  let aws: LoopbackAws;
  let deployed: Deployed;
  let bucket: string;
  let store: EvidenceStore;
  let tokenSecret: string;
  const issued = new Set<string>();

  beforeAll(async () => {
    const { ca, certificate } = await httpsFixture();
    tenant = await startDemoTenant({
      organizations: demoOrganizations(),
      bucket: FAST,
      certificate,
      scopes: [SCOPE.connections, SCOPE.organizations, SCOPE.logs],
    });
    aws = await startLoopbackAws([]);
    deployed = await Deployed.synthesize(
      { domain: tenant.domain, policy: POLICY, updates: "rate(5 minutes)", attribution: "pseudonyms" },
      { aws, ca },
    );
    const { template } = deployed;
    bucket = template.reference(template.only("AWS::S3::Bucket", /EvidenceBucket/));
    store = s3EvidenceStore(new S3Client(aws.clientConfig), bucket);
    tokenSecret = template.reference(template.only("AWS::SecretsManager::Secret", /TokenSecret/));
    // What the owner does once, as the outputs of the stack say: the credentials, then the first rotation.
    const { id } = template.only("AWS::SecretsManager::Secret", /Credentials/);
    aws.secrets.set(id, JSON.stringify({ client_id: tenant.clientId, client_secret: tenant.clientSecret }));
    await rotate();
    // Secrets Manager generates it.
    aws.secrets.set(template.only("AWS::SecretsManager::Secret", /PseudonymKey/).id, PSEUDONYM_KEY);
  }, 120_000);
  afterAll(() => Promise.all([tenant.close(), aws.close(), deployed.close()]));

  /** What Secrets Manager does every twelve hours. */
  async function rotate(): Promise<void> {
    const version = randomUUID();
    aws.secrets.startRotation(tokenSecret, version);
    for (const step of ROTATION_STEPS) await deployed.rotationStep(step, tokenSecret, version);
    issued.add(tenant.token);
  }

  const execute = (day: string, signal?: AbortSignal, name = day) =>
    deployed.audit(name, deployed.scheduledEvent(`${day}T06:00:00Z`), signal);

  const evidenceOf = (day: string): Promise<Evidence> =>
    readEvidence(
      store,
      `${day.replaceAll("-", "")}T060000Z` as RunId,
      tenantOf(parseDomain(tenant.domain, "the test")),
    );

  /** Every Organization as the tenant has it now, unless it cannot be read, and nothing else. */
  function expectTruth({ snapshot }: Evidence): void {
    const read = snapshot.map((line) => ({
      id: line.organizationId,
      displayName: line.organizationDisplayName,
      connections:
        line.status === "observed"
          ? line.enabledConnections.map(({ wire }) => JSON.stringify(wire)).sort()
          : line.status,
    }));
    const truth = [...tenant.organizations.values()].map(({ id, displayName, connections }) => ({
      id,
      displayName,
      connections:
        displayName === UNREADABLE && tenant.fault !== null
          ? "failed"
          : connections.map((one) => JSON.stringify(one)).sort(),
    }));
    expect(read).toEqual(truth.sort((one, other) => (one.id < other.id ? -1 : 1)));
  }

  it("audits a first time, and has nothing to compare with", async () => {
    expect(await execute(DAYS[0])).toMatchObject({ kind: "recorded", status: "complete" });
    const first = await evidenceOf(DAYS[0]);
    expectTruth(first);
    expect(first.changes).toEqual([]);
  });

  it("judges by the policy in its bundle, and logs how much it found", async () => {
    const { findings, manifest } = await evidenceOf(DAYS[0]);
    expect(manifest.policy?.source).toBe("file");
    const stored =
      aws.buckets
        .get(bucket)
        ?.get(manifest.policy?.key ?? "")
        ?.body.toString() ?? "";
    expect(JSON.parse(stored)).toEqual(POLICY);
    expect(manifest.summary.findings).toMatchObject({ open: { high: 4 }, waived: 1, new: 4, resolved: 0 });
    const [waiver] = findings.flatMap((finding) => finding.waiver ?? []);
    expect(deployed.logs).toContain('"new_findings":4,"resolved_findings":0,"waived_findings":1');
    for (const log of [deployed.logs, deployed.checkpointed]) expect(log).not.toContain(waiver?.reason ?? stored);
  });

  it("audits a second time, and tells exactly what happened in between", async () => {
    const { fault } = tenant;
    demoChanges(tenant);
    expect(await execute(DAYS[1])).toMatchObject({ kind: "recorded", status: "partial" });
    const second = await evidenceOf(DAYS[1]);
    const told = second.changes.map(({ organizationId, change, severity }) => ({ organizationId, change, severity }));
    expect(told).toEqual(EXPECTED_DEMO_CHANGES);
    expect(second.manifest.previous?.runId).toBe("20260303T060000Z");
    tenant.fault = fault;
  });

  it("leaves a repeated delivery alone", async () => {
    const puts = () => aws.requests.filter(({ operation }) => operation === "PutObject").length;
    const before = puts();
    expect(await execute(DAYS[1], undefined, "again")).toMatchObject({ kind: "already_recorded" });
    expect(puts()).toBe(before);
  });

  it("goes on with the new token when the old one ends in the middle of a sweep", async () => {
    const old = `Bearer ${tenant.token}`;
    let rotation: Promise<void> | null = null;
    const first = tenant.requests.connections;
    tenant.fault = ({ request, response }) => {
      if (request.headers.authorization !== old || tenant.requests.connections < first + 20) return false;
      // A request with the old token is refused once the new one is there.
      rotation ??= rotate();
      rotation.then(() => {
        response.writeHead(401, { "Content-Type": "application/json" });
        response.end('{"statusCode":401,"error":"Unauthorized","message":"Expired token received"}');
      });
      return true;
    };
    expect(await execute(DAYS[2])).toMatchObject({ kind: "recorded", status: "complete" });
    expect(rotation).not.toBeNull();
    tenant.fault = null;
    const third = await evidenceOf(DAYS[2]);
    expectTruth(third);
    // What could not be read the day before is compared with the last time that it was.
    expect(third.changes.map(({ organizationName, change }) => [organizationName, change])).toEqual([
      ["eastgate-hospitals", "connection_disabled"],
    ]);
  });

  it("ends with the same record when its machine dies in the middle of a chunk", async () => {
    const power = new AbortController();
    const first = tenant.requests.connections;
    tenant.fault = () => {
      if (tenant.requests.connections === first + 30) power.abort(new Error("The machine died."));
      return false;
    };
    await expect(execute(DAYS[3], power.signal)).rejects.toThrow("SIGKILL");
    tenant.fault = null;
    await expect(evidenceOf(DAYS[3])).rejects.toThrow("is not there");
    expect(await execute(DAYS[3])).toMatchObject({ kind: "recorded", status: "complete" });
    const fourth = await evidenceOf(DAYS[3]);
    expectTruth(fourth);
    expect(fourth.changes).toEqual([]);
  });

  it("updates: reads what was changed, and knows its author by a pseudonym", async () => {
    const [organization] = [...tenant.organizations.values()];
    tenant.operator(EVE).rename(organization?.id ?? "", { displayName: "Renamed" });
    const event = deployed.scheduledEvent(UPDATES[0], "update");
    expect(await deployed.audit("update-0", event)).toMatchObject({ kind: "recorded", status: "complete" });
    const update = await readEvidence(store, UPDATE_RUN, tenantOf(parseDomain(tenant.domain, "the test")));
    expect(update.manifest.kind).toBe("update");
    expect(update.changes.map(({ change }) => change)).toEqual(["organization_renamed"]);
    const operations: Operation[] = [];
    for await (const operation of operationsOfRun(store, update.manifest)) operations.push(operation);
    expect(operations.filter(({ effect }) => effect === "change")).toMatchObject([
      { actor: { kind: "user", email: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    ]);
  });

  it("updates: finds nothing to read, and says that the watch is alive", async () => {
    const event = deployed.scheduledEvent(UPDATES[1], "update");
    expect(await deployed.audit("update-1", event)).toMatchObject({ kind: "nothing_hinted" });
    expect(deployed.logs).toMatch(/"Updates":1\b/);
  });

  it("leaves a chain that verifies, and word of each run", async () => {
    const problems: unknown[] = [];
    const verification = await verifyTenant(store, {
      tenant: tenantOf(parseDomain(tenant.domain, "the test")),
      range: ALWAYS,
      isSignature: null,
      anchors: [],
      notedHead: null,
      nowMs: Date.now(),
      onProblem: (problem) => problems.push(problem),
    });
    expect(problems).toEqual([]);
    expect(verification).toMatchObject({ runs: DAYS.length + 1, problems: 0 });
    expect(aws.events.map(({ DetailType }) => DetailType.split(" ").at(-1))).toEqual([
      "Completed",
      "Partial",
      "Completed",
      "Completed",
      "Completed",
    ]);
  });

  it("creates evidence, and replaces none of it", () => {
    const evidence = aws.requests.filter(
      ({ operation, key }) =>
        operation === "PutObject" && /^v1\/(snapshots|changes|findings|policies|manifests)\//.test(key),
    );
    expect(evidence.length).toBeGreaterThanOrEqual(4 * DAYS.length + 1);
    for (const { headers } of evidence) expect(headers["if-none-match"]).toBe("*");
  });

  it("asks AWS for nothing that the role which asks does not allow", () => {
    const { template } = deployed;
    const calls = aws.requests.flatMap((request) => {
      const [, caller = ""] = /Credential=([^/]+)/.exec(request.headers.authorization ?? "") ?? [];
      return /Role/.test(caller) ? permissionsFor(request).map((permission) => ({ caller, ...permission })) : [];
    });
    const isAllowed = ({ caller, action, arn, context }: (typeof calls)[number]) =>
      template.allows(template.only("AWS::IAM::Role", new RegExp(`^${caller}$`)), action, arn, context);
    expect(calls.filter((call) => !isAllowed(call))).toEqual([]);
    const actionsOf = (role: RegExp) => [
      ...new Set(calls.filter(({ caller }) => role.test(caller)).map(({ action }) => action)),
    ];
    expect(actionsOf(/AuditRole/).sort()).toEqual([
      "events:PutEvents",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:PutObject",
      "secretsmanager:GetSecretValue",
    ]);
    expect(actionsOf(/TokenRotationRole/)).toContain("secretsmanager:UpdateSecretVersionStage");
  });

  it("gives the token, the credentials, the key and the people to no one", () => {
    const written = [
      deployed.logs,
      deployed.checkpointed,
      JSON.stringify(aws.events),
      ...aws.requests
        .filter(({ operation }) => operation !== "PutSecretValue")
        .map(({ headers, body }) => JSON.stringify(headers) + body.toString("latin1")),
      ...[...(aws.buckets.get(bucket)?.values() ?? [])].map(({ body }) => body.toString("latin1")),
    ].join("\n");
    expect(issued.size).toBe(2);
    expect(deployed.logs).toContain("The run is recorded.");
    expect(deployed.checkpointed).toContain('"Action":"SUCCEED"');
    for (const secret of [PSEUDONYM_KEY, EVE.userId, EVE.email, EVE.ip]) expect(written).not.toContain(secret);
    for (const secret of [...issued, tenant.clientSecret]) {
      expect(written).not.toContain(secret);
      for (const part of secret.split(".").slice(1)) expect(written).not.toContain(part);
    }
  });
});

interface Permission {
  readonly action: string;
  readonly arn: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** What a role must be allowed for the answer to a request. */
function permissionsFor({ service, operation, bucket, key, headers, body }: AwsRequest): readonly Permission[] {
  const ifNoneMatch = headers["if-none-match"];
  const secure = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
  // S3 answers the read of an absent key with 404 only to those who may list with the key as the prefix.
  const list = { action: "s3:ListBucket", arn: `arn:aws:s3:::${bucket}`, context: { ...secure, "s3:prefix": key } };
  const arn = `arn:aws:s3:::${bucket}/${key}`;
  switch (service) {
    case "s3":
      if (operation === "ListObjectsV2") return [list];
      if (operation !== "PutObject") return [{ action: "s3:GetObject", arn, context: secure }, list];
      return [
        {
          action: "s3:PutObject",
          arn,
          context: { ...secure, ...(ifNoneMatch === undefined ? {} : { "s3:if-none-match": ifNoneMatch }) },
        },
      ];
    case "secretsmanager":
      return [{ action: `secretsmanager:${operation}`, arn: String(JSON.parse(body.toString()).SecretId) }];
    case "events":
      return [
        {
          action: "events:PutEvents",
          arn: "arn:aws:events:eu-central-1:123456789012:event-bus/default",
          context: { "events:source": String(JSON.parse(body.toString()).Entries[0].Source) },
        },
      ];
    default:
      return service satisfies never;
  }
}
