import { beforeEach, describe, expect, it } from "@jest/globals";
import { audit } from "../../../lambda/audit/audit.ts";
import { EMPTY_SUMMARY } from "../../../lambda/changes/summary.ts";
import type { Finding } from "../../../lambda/domain/finding.ts";
import type { OrganizationId } from "../../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../../lambda/domain/json.ts";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import { decodeManifest, encodeManifest } from "../../../lambda/evidence/format/manifest.ts";
import { customRulesAt, findingsAt, judgedAgain } from "../../../lambda/evidence/query/findings.ts";
import { RecordedRuns } from "../../../lambda/evidence/query/recorded-runs.ts";
import { BUILT_IN_POLICY_TEXT, parsePolicy } from "../../../lambda/findings/policy.ts";
import { dependencies, inProcessExecution, request, TENANT } from "../../support/audit-harness.ts";
import { connection, organizationId } from "../../support/builders.ts";
import { fakeManagementApi } from "../../support/fake-management-api.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../../support/memory-evidence-store.ts";

const SAML = connection("1", "samlp").wire;
const OWN = connection("2", "waad").wire;
const GOOGLE = connection("3", "google-oauth2").wire;
const [A, B, C, D] = [organizationId("a"), organizationId("b"), organizationId("c"), organizationId("d")];
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 2, 3, 6);
const CUSTOM = [{ id: "two", severity: "low", message: "Two.", when: "organization.connections.size() == 2" }];

let connections: Map<OrganizationId, JsonObject[]>;
let store: MemoryEvidenceStore;
let day: number;

beforeEach(() => {
  connections = new Map([
    [A, [OWN, GOOGLE]],
    [B, [SAML]],
    [C, [SAML]],
    [D, [OWN]],
  ]);
  store = memoryEvidenceStore();
  day = 0;
});

async function run(organizations: "all" | readonly OrganizationId[], text = BUILT_IN_POLICY_TEXT): Promise<void> {
  const nowMs = START_MS + day * DAY_MS;
  const clock = { now: () => nowMs, sleep: async () => {} };
  const chunk = { ...request(0).chunk, organizations: 2 };
  const asked = request(day, { organizations, chunk, policy: { source: "file", text } });
  day += 1;
  const api = fakeManagementApi(connections, () => nowMs);
  expect((await audit(asked, dependencies(store, api, { clock }), inProcessExecution)).kind).toBe("recorded");
}

async function now() {
  const runs = await RecordedRuns.read(store, TENANT);
  const newest = runs.last(ALWAYS);
  if (newest === null) throw new Error("Nothing is recorded.");
  return { runs, newest };
}

async function told(findings: AsyncIterable<Finding>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { firstSeen, organizationId: id, organizationName, rule, runId, status } of findings) {
    const days = (at: string) => (Date.parse(at) - START_MS) / DAY_MS;
    expect(organizationName).toBe(`name-${id.slice(-6)}`);
    lines.push(`${id.slice(-1)} ${rule} ${status} of ${runId.slice(6, 8)} since ${days(firstSeen.at)}`);
  }
  return lines;
}

const recordedNow = async () => {
  const { newest, runs } = await now();
  return told(findingsAt(store, runs, newest));
};
const judgedNow = async (text: string) => {
  const { newest, runs } = await now();
  return told(judgedAgain(store, runs, newest, parsePolicy(text, "the test")));
};

describe("the findings of a state that several runs make up", () => {
  beforeEach(async () => {
    await run("all");
    connections.set(A, [OWN]);
    connections.get(B)?.push(GOOGLE);
    await run([A, B], JSON.stringify({ version: 1, custom: CUSTOM }));
    connections.set(C, [OWN]);
    await run([C]);
  });

  it("are those of each Organization's newest run, with the age that they had", async () => {
    expect(await recordedNow()).toEqual([
      "a shared-enterprise-connection open of 04 since 0",
      "b shared-enterprise-connection open of 04 since 0",
      "b sso-bypass open of 04 since 1",
      "b two open of 04 since 1",
      "c shared-enterprise-connection open of 05 since 2",
      "d shared-enterprise-connection open of 03 since 0",
    ]);
    const { newest, runs } = await now();
    expect([...(await customRulesAt(store, runs, newest))]).toEqual(["two"]);
  });

  it("are judged again as the state is: what only another Organization's newest run shows counts", async () => {
    // B is alone with its connection since C has another one.
    expect(await judgedNow(JSON.stringify({ version: 1, rules: { "sso-bypass": "off" }, custom: CUSTOM }))).toEqual([
      "a shared-enterprise-connection open of 05 since 2",
      "b two open of 05 since 2",
      "c shared-enterprise-connection open of 05 since 2",
      "d shared-enterprise-connection open of 05 since 2",
    ]);
  });

  it("are refused when one of the runs recorded none", async () => {
    const key = [...store.objects.keys()].find((one) => /manifests.*dt=2026-03-03/.test(one)) ?? "";
    const manifest = decodeManifest(store.text(key), key);
    const files = manifest.files.filter(({ role }) => role !== "findings");
    const summary = { ...manifest.summary, findings: EMPTY_SUMMARY.findings };
    const earlier = encodeManifest({ ...manifest, formatVersion: "1.0", files, summary, policy: null });
    store.objects.set(key, { body: Buffer.from(earlier), contentType: "" });
    await expect(recordedNow()).rejects.toThrow("20260303T060000Z recorded no findings");
    expect(await judgedNow(BUILT_IN_POLICY_TEXT)).toHaveLength(4);
  });
});
