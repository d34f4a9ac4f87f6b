import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import { EMPTY_SUMMARY } from "../../lambda/changes/summary.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Finding } from "../../lambda/domain/finding.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { policyKey } from "../../lambda/evidence/format/keys.ts";
import { decodeManifest, encodeManifest } from "../../lambda/evidence/format/manifest.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { BUILT_IN_POLICY_TEXT } from "../../lambda/findings/policy.ts";
import { auditDay, dependencies, inProcessExecution, recorded, request, TENANT } from "../support/audit-harness.ts";
import { connection, organizationId } from "../support/builders.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { HOSTILE } from "../support/situations.ts";

type Kind = "enterprise" | "database" | "social" | "passwordless";

const STRATEGIES: Readonly<Record<Kind, readonly string[]>> = {
  enterprise: ["samlp", "waad", "oidc"],
  database: ["auth0"],
  social: ["google-oauth2", "brand-new-strategy"],
  passwordless: ["sms", "email"],
};
const KINDS = ["enterprise", "database", "social", "passwordless"] as const;

/** A connection as the test made it: its kind is known here, and not derived from the strategy. */
interface Made {
  readonly kind: Kind;
  readonly wire: JsonObject;
}

interface MadeOrganization {
  readonly id: string;
  readonly name: string;
  readonly made: readonly Made[];
}

/** Numbers that look like none; the same in each run. */
function scattered(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Organizations with hostile names and connections of every kind; some connections are shared. */
function madeOrganizations(count: number, seed: number): MadeOrganization[] {
  const next = scattered(seed);
  return Array.from({ length: count }, (_, index) => {
    const id = `org_${String(index * 7).padStart(16, "0")}`;
    const hostile = HOSTILE[index % HOSTILE.length] ?? "";
    const connections = new Map<number, Made>();
    const connectionCount = next(5);
    for (let place = 0; place < connectionCount; place += 1) {
      // The first 12 are shared by chance, the others are the Organization's own.
      const number = next(2) === 0 ? next(12) : 1000 + index * 10 + place;
      const kind = KINDS[number % KINDS.length] ?? "social";
      const strategy = STRATEGIES[kind][number % STRATEGIES[kind].length] ?? "";
      const flags: Record<string, boolean> = {};
      // An absent flag means Auth0's default.
      if (next(3) > 0) flags.assign_membership_on_login = next(2) === 0;
      if (next(3) > 0) flags.show_as_button = next(3) === 0;
      if (next(3) > 0) flags.is_signup_enabled = next(3) === 0;
      const wire = {
        connection_id: `con_${String(number).padStart(16, "0")}`,
        ...flags,
        connection: { name: `${hostile}${number}`, strategy },
      };
      connections.set(number, { kind, wire });
    }
    return { id, name: `${hostile}-${index}`, made: [...connections.values()] };
  });
}

/** What the built-in rules must find, worked out from the Organizations themselves: `organization rule connection severity`. */
function groundTruth(organizations: readonly MadeOrganization[]): readonly string[] {
  const everywhere = organizations.flatMap(({ made }) => made);
  const having = (id: unknown, isOn: (wire: JsonObject) => boolean) =>
    everywhere.filter(({ wire }) => wire.connection_id === id && isOn(wire)).length;
  const assigns = ({ assign_membership_on_login: flag }: JsonObject) => flag === true;
  const truth: string[] = [];
  for (const { id, made } of organizations) {
    const find = (rule: string, severity: string, one: Made | null) =>
      truth.push([id, rule, one?.wire.connection_id ?? "", severity].join(" "));
    const hasEnterprise = made.some(({ kind }) => kind === "enterprise");
    for (const one of made) {
      const { kind, wire } = one;
      const isShared = having(wire.connection_id, () => true) > 1;
      if (hasEnterprise && kind !== "enterprise") find("sso-bypass", "high", one);
      if (assigns(wire) && (kind === "social" || kind === "passwordless" || (kind === "database" && isShared)))
        find("open-membership", "high", one);
      if (wire.is_signup_enabled === true && hasEnterprise) find("open-signup", "high", one);
      if (wire.is_signup_enabled === true && !assigns(wire)) find("signup-without-membership", "low", one);
      if (kind === "enterprise" && isShared)
        find("shared-enterprise-connection", having(wire.connection_id, assigns) > 1 ? "high" : "medium", one);
    }
    if (made.every(({ kind, wire }) => kind === "enterprise" && wire.show_as_button === false))
      find("locked-out", "medium", null);
  }
  return truth.sort();
}

function inShort(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ organizationId: id, rule, connectionId, severity }) =>
    [id, rule, connectionId ?? "", severity].join(" "),
  );
}

describe("the findings of a run", () => {
  let tenant: DemoTenant;
  const organizations = madeOrganizations(60, 7);

  beforeEach(async () => {
    tenant = await startDemoTenant({
      organizations: organizations.map(({ id, name, made }) => ({
        id,
        name,
        displayName: name,
        connections: made.map(({ wire }) => wire),
      })),
      bucket: { kind: "drip", limit: 1000, perSecond: 1000 },
    });
  });
  afterEach(() => tenant.close());

  it("are what the Organizations themselves show, whatever their names", async () => {
    const store = memoryEvidenceStore();
    const { findings, manifest } = await recorded(store, await auditDay(0, store, tenant));
    const truth = groundTruth(organizations);
    // Every rule that needs no failure finds something: else the test would show nothing.
    expect(new Set(truth.map((one) => one.split(" ")[1])).size).toBe(6);
    expect(inShort(findings)).toEqual(truth);
    const named = new Map(organizations.map(({ id, name }) => [id, name]));
    for (const {
      organizationName,
      organizationId: id,
      connectionId,
      connectionName,
      strategy,
      ...finding
    } of findings) {
      const of = organizations.find((one) => one.id === id);
      const wire = of?.made.find((one) => one.wire.connection_id === connectionId)?.wire.connection ?? null;
      expect(wire ?? { name: null, strategy: null }).toEqual({ name: connectionName, strategy });
      expect(organizationName).toBe(named.get(id));
      expect(finding).toMatchObject({ status: "open", waiver: null, runId: manifest.runId });
      expect(finding.firstSeen).toEqual({ runId: manifest.runId, at: manifest.startedAt });
    }
    const count = (severity: string) => truth.filter((one) => one.endsWith(` ${severity}`)).length;
    expect(manifest.summary.findings).toEqual({
      open: { high: count("high"), medium: count("medium"), low: count("low"), info: 0 },
      waived: 0,
      notEvaluated: 0,
      new: truth.length,
      resolved: 0,
    });
  });

  it("are waived and made by the policy file, which the manifest names", async () => {
    const text = JSON.stringify({
      version: 1,
      rules: { "locked-out": "off", "open-signup": { severity: "info" } },
      waivers: [{ rule: "sso-bypass", organization: organizations[3]?.name, reason: "=a migration" }],
      custom: [{ id: "angle", severity: "low", message: "No angles.", when: "organization.name.contains('<')" }],
    });
    const store = memoryEvidenceStore();
    const outcome = await auditDay(0, store, tenant, { policy: { source: "file", text } });
    const { findings, manifest } = await recorded(store, outcome);
    expect(manifest.policy).toEqual({ key: policyKey(TENANT, sha256(text)), sha256: sha256(text), source: "file" });
    expect(store.text(policyKey(TENANT, sha256(text)))).toBe(text);
    const own = organizations.filter(({ name }) => name.includes("<")).map(({ id }) => `${id} angle  low`);
    expect(own.length).toBeGreaterThan(0);
    const truth = groundTruth(organizations)
      .filter((one) => !one.includes(" locked-out "))
      .map((one) => (one.includes(" open-signup ") ? one.replace(/high$/, "info") : one));
    expect(inShort(findings)).toEqual([...truth, ...own].sort());
    const isWaived = (one: Finding) => one.organizationId === organizations[3]?.id && one.rule === "sso-bypass";
    for (const one of findings) expect(one.status).toBe(isWaived(one) ? "waived" : "open");
    expect(manifest.summary.findings.waived).toBe(findings.filter(isWaived).length);
  });
});

const SAML = connection("1", "samlp").wire;
const OWN = connection("2", "waad").wire;
const GOOGLE = connection("3", "google-oauth2").wire;
const [A, B, C] = [organizationId("a"), organizationId("b"), organizationId("c")];

describe("findings from run to run", () => {
  let connections: Map<OrganizationId, JsonObject[]>;
  let unreadable: Set<OrganizationId>;
  let store: MemoryEvidenceStore;
  let day: number;

  beforeEach(() => {
    connections = new Map([
      [A, [OWN, GOOGLE]],
      [B, [SAML]],
      [C, [SAML]],
    ]);
    unreadable = new Set();
    store = memoryEvidenceStore();
    day = 0;
  });

  const START_MS = Date.UTC(2026, 2, 3, 6);
  const DAY_MS = 86_400_000;

  function api(nowMs: number) {
    const answers = fakeManagementApi(connections, () => nowMs);
    const failure = { code: "unavailable", httpStatus: 500, message: "Auth0 answered 500.", attempts: 5 } as const;
    return {
      ...answers,
      enabledConnections: async (id: OrganizationId) => {
        const reading = await answers.enabledConnections(id);
        return unreadable.has(id) ? ({ ok: false, failure, at: reading.at } as const) : reading;
      },
    };
  }

  async function run(organizations: "all" | readonly OrganizationId[] = "all", text = BUILT_IN_POLICY_TEXT) {
    const nowMs = START_MS + day * DAY_MS;
    const clock = { now: () => nowMs, sleep: async () => {} };
    const chunk = { ...request(0).chunk, organizations: 2 };
    const asked = request(day, { organizations, chunk, policy: { source: "file", text } });
    day += 1;
    const outcome = await audit(asked, dependencies(store, api(nowMs), { clock }), inProcessExecution);
    const { findings, manifest } = await recorded(store, outcome);
    const { new: added, resolved } = manifest.summary.findings;
    const since = (one: Finding) => (Date.parse(one.firstSeen.at) - START_MS) / DAY_MS;
    return {
      told: findings.map((one) => `${one.organizationId.slice(-1)} ${one.rule} ${one.status} day ${since(one)}`),
      added,
      resolved,
    };
  }

  const FIRST = [
    "a sso-bypass open day 0",
    "b shared-enterprise-connection open day 0",
    "c shared-enterprise-connection open day 0",
  ];

  it("keep their age, are new once, and are resolved once", async () => {
    expect(await run()).toEqual({ told: FIRST, added: 3, resolved: 0 });
    expect(await run()).toEqual({ told: FIRST, added: 0, resolved: 0 });
    connections.set(A, [OWN]);
    connections.get(B)?.push(GOOGLE);
    const after = [FIRST[1], "b sso-bypass open day 2", FIRST[2]];
    expect(await run()).toEqual({ told: after, added: 1, resolved: 1 });
    expect(await run()).toEqual({ told: after, added: 0, resolved: 0 });
    // It comes back: that is another finding.
    connections.set(A, [OWN, GOOGLE]);
    expect(await run()).toEqual({ told: ["a sso-bypass open day 4", ...after], added: 1, resolved: 0 });
  });

  it("keep their age while the Organization cannot be read, and are resolved when it is deleted", async () => {
    await run();
    unreadable.add(A);
    for (let times = 0; times < 3; times += 1) expect(await run()).toEqual({ told: FIRST, added: 0, resolved: 0 });
    unreadable.clear();
    expect(await run()).toEqual({ told: FIRST, added: 0, resolved: 0 });
    connections.delete(A);
    expect(await run()).toEqual({ told: FIRST.slice(1), added: 0, resolved: 1 });
    connections.set(A, [OWN, GOOGLE]);
    expect((await run()).told[0]).toBe("a sso-bypass open day 6");
  });

  it("are not evaluated for what was never read, and tell when it is unread too long", async () => {
    unreadable.add(A);
    const { told, added } = await run();
    expect(told.filter((one) => one.startsWith("a "))).toHaveLength(7);
    expect(told.filter((one) => one.startsWith("a ")).every((one) => one.endsWith("not_evaluated day 0"))).toBe(true);
    expect(added).toBe(2);
    unreadable.clear();
    await run();
    unreadable.add(B);
    day = 10;
    expect((await run()).told).toContain("b unread-too-long open day 10");
  });

  it("keep their age when they are waived for a time, and count as resolved by a rule that is turned off", async () => {
    await run();
    const waivers = [{ rule: "sso-bypass", organization: "name-*", reason: "A migration", expires: "2026-03-04" }];
    const waived = JSON.stringify({ version: 1, waivers });
    const [, ...others] = FIRST;
    expect(await run("all", waived)).toEqual({
      told: ["a sso-bypass waived day 0", ...others],
      added: 0,
      resolved: 0,
    });
    // The waiver held through the day before.
    expect(await run("all", waived)).toEqual({ told: FIRST, added: 0, resolved: 0 });
    const off = JSON.stringify({ version: 1, rules: { "sso-bypass": "off" } });
    expect(await run("all", off)).toEqual({ told: others, added: 0, resolved: 1 });
  });

  it("of a run over a list are about its Organizations, and compare them with the whole tenant", async () => {
    await run();
    expect(await run([B])).toEqual({ told: [FIRST[1]], added: 0, resolved: 0 });
    // The list before has a line of it; the other Organization that shares the connection is in the run before that.
    expect(await run([B])).toEqual({ told: [FIRST[1]], added: 0, resolved: 0 });
    connections.set(A, [OWN]);
    expect(await run([A, B])).toEqual({ told: [FIRST[1]], added: 0, resolved: 1 });
    connections.get(C)?.push(GOOGLE);
    const after = [FIRST[1], FIRST[2], "c sso-bypass open day 4"];
    expect(await run()).toEqual({ told: after, added: 1, resolved: 0 });
  });

  it("of a run over a list are waived by a name that only the state knows", async () => {
    await run();
    const waivers = [{ rule: "sso-bypass", organization: "name-*", reason: "A migration" }];
    const { told } = await run([A], JSON.stringify({ version: 1, waivers }));
    expect(told).toEqual(["a sso-bypass waived day 0"]);
  });

  it("go back to the run before when those of the last run are altered, and the run says so", async () => {
    await run();
    await run();
    const key = [...store.objects.keys()].find((one) => /findings.*dt=2026-03-04.*00000/.test(one)) ?? "";
    store.objects.set(key, { body: Buffer.from("altered"), contentType: "" });
    connections.set(A, [OWN]);
    expect(await run()).toEqual({ told: FIRST.slice(1), added: 0, resolved: 1 });
    const [manifest = ""] = [...store.objects.keys()].filter((one) => /manifests.*dt=2026-03-05/.test(one));
    expect(decodeManifest(store.text(manifest), manifest).warnings.join()).toContain(key);
  });

  it("begin with the first run that judges, after one of format 1.0", async () => {
    await run();
    const key = [...store.objects.keys()].find((one) => one.startsWith("v1/manifests/")) ?? "";
    const manifest = decodeManifest(store.text(key), key);
    // What an earlier version left.
    const earlier = encodeManifest({
      ...manifest,
      formatVersion: "1.0",
      files: manifest.files.filter(({ role }) => role !== "findings"),
      summary: { ...manifest.summary, findings: EMPTY_SUMMARY.findings },
      policy: null,
    });
    store.objects.set(key, { body: Buffer.from(earlier), contentType: "" });
    for (const one of store.objects.keys()) if (/\/(state|findings)\//.test(one)) store.objects.delete(one);
    expect(await run()).toEqual({ told: FIRST.map((one) => one.replace("day 0", "day 1")), added: 3, resolved: 0 });
  });

  describe("of an execution that is resumed", () => {
    /** Keeps the results of its steps, as they are saved. */
    function saving(): Execution {
      const results = new Map<string, string | undefined>();
      return {
        ...inProcessExecution,
        step: async (name, work) => {
          if (!results.has(name)) results.set(name, JSON.stringify(await work()));
          const saved = results.get(name);
          return saved === undefined ? undefined : JSON.parse(saved);
        },
      };
    }

    async function begun(execution: Execution, at: MemoryEvidenceStore, text = BUILT_IN_POLICY_TEXT) {
      const clock = { now: () => START_MS, sleep: async () => {} };
      const chunk = { ...request(0).chunk, organizations: 1 };
      const asked = request(0, { chunk, policy: { source: "file", text } });
      return audit(asked, dependencies(at, api(START_MS), { clock }), execution);
    }

    /** Evidence by key; the words of attempts follow from a secret that each execution has for itself. */
    function evidence({ objects }: MemoryEvidenceStore): ReadonlyMap<string, string> {
      const isPart = ([key]: readonly [string, unknown]) => /^v1\/(snapshots|changes|findings|policies)\//.test(key);
      const plain = (key: string) => key.replace(/-[0-9a-f]{16}(?=\.ndjson)/, "");
      return new Map(
        [...objects]
          .filter(isPart)
          .map(([key, { body }]) => [plain(key), Buffer.from(body).toString("base64")] as const)
          .sort(),
      );
    }

    it("are the same bytes wherever it died", async () => {
      const whole = memoryEvidenceStore();
      await begun(saving(), whole);
      const all = evidence(whole);
      expect([...all.keys()].filter((key) => key.includes("/findings/"))).toHaveLength(3);
      for (let at = 1; at <= whole.operations.length; at += 1) {
        const died = memoryEvidenceStore();
        const execution = saving();
        died.before = async ({ count }) => {
          if (count === at) throw new Error("The process died.");
        };
        await begun(execution, died).catch(() => {});
        died.before = null;
        const { kind } = await begun(execution, died);
        expect([at, ["recorded", "already_recorded"].includes(kind)]).toEqual([at, true]);
        expect([at, evidence(died)]).toEqual([at, all]);
      }
    });

    /** Runs until the named step is to begin, changes the store, and resumes with another policy. */
    async function tampered(step: string, change: (at: MemoryEvidenceStore) => void) {
      const at = memoryEvidenceStore();
      const execution = saving();
      const dying: Execution = {
        ...execution,
        step: (name, work) => {
          if (name === step) throw new Error("The process died.");
          return execution.step(name, work);
        },
      };
      await begun(dying, at).catch(() => {});
      change(at);
      const outcome = await begun(execution, at, '{"version":1,"rules":{"sso-bypass":"off"}}');
      return recorded(at, outcome);
    }

    const keyOf = ({ objects }: MemoryEvidenceStore, part: string) =>
      [...objects.keys()].find((key) => key.includes(part)) ?? "";

    it("are judged by the policy that it began with", async () => {
      const { findings, manifest } = await tampered("judge-0", () => {});
      expect(manifest.policy?.sha256).toBe(sha256(BUILT_IN_POLICY_TEXT));
      expect(findings.map(({ rule }) => rule)).toContain("sso-bypass");
    });

    it.each([
      ["a policy that is altered", "judge-0", "/policies/", '{"version":1,"rules":{}}'],
      ["a policy that is gone", "judge-0", "/policies/", null],
      ["facts that are altered before changes are compared", "compare-0", "shared-connections", "12345678"],
      ["facts that are altered before the state is judged", "judge-0", "shared-connections", ""],
      ["facts that are longer", "judge-0", "shared-connections", "x".repeat(800)],
      ["facts that are gone", "judge-0", "shared-connections", null],
    ])("fail over %s, and the failed run has none", async (_what, step, part, body) => {
      const { findings, manifest } = await tampered(step, (at) => {
        const key = keyOf(at, part);
        expect(at.objects.has(key)).toBe(true);
        if (body === null) at.objects.delete(key);
        else at.objects.set(key, { body: Buffer.from(body), contentType: "" });
      });
      expect(manifest).toMatchObject({ status: "failed", error: { code: "evidence_unreadable" }, files: [] });
      expect(manifest.error?.message).toContain(part);
      expect(manifest.policy?.sha256).toBe(sha256(BUILT_IN_POLICY_TEXT));
      expect(findings).toEqual([]);
      expect(manifest.summary.findings).toMatchObject({ waived: 0, notEvaluated: 0, new: 0, resolved: 0 });
    });
  });
});
