import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ContextError, readConfiguration } from "../../../infra/configuration/configuration.ts";
import { appWith, CHAT_SECRET_ARN, FULL, KEY_ARN, OWN_SECRET_ARN } from "../support.ts";

const DOMAIN = "acme.eu.auth0.com";
const ORGANIZATION = "org_AAAAAAAAAAAAAAAA";
const POLICY = { version: 1, rules: { "open-signup": "off" } };
const POLICY_FILE = '{\n  "version": 1,\n  "rules": { "sso-bypass": "off" }\n}\n';
const read = (context: Readonly<Record<string, unknown>>) => readConfiguration(appWith(context).node);
const refusal = (context: Readonly<Record<string, unknown>>): string => {
  try {
    read(context);
  } catch (error) {
    if (error instanceof ContextError) return error.message;
    throw error;
  }
  throw new Error("It was not refused.");
};

describe("the context", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "context-"));
    writeFileSync(join(folder, "ids.txt"), `# ours\n${ORGANIZATION}\n\norg_BBBBBBBBBBBBBBBB # theirs\n`);
    writeFileSync(join(folder, "wrong.txt"), `${ORGANIZATION}\nacme\n`);
    writeFileSync(join(folder, "empty.txt"), "# none\n");
    writeFileSync(join(folder, "policy.json"), POLICY_FILE);
    writeFileSync(
      join(folder, "wrong.json"),
      '{ "version": 1, "waivers": [{ "rule": "sso-bypass", "organization": "a" }] }',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("accepts one tenant at the top level, with defaults", () => {
    expect(read({ domain: "ACME.eu.auth0.com" })).toEqual({
      tenants: [
        {
          domain: DOMAIN,
          attribution: "full",
          tenant: DOMAIN,
          organizations: "all",
          schedule: "cron(0 6 * * ? *)",
          updates: null,
          timezone: "UTC",
          reserve: 0.25,
          tokenSecretArn: null,
          tokenSecretKeyArn: null,
          policy: undefined,
        },
      ],
      stackName: "Auth0OrganizationAuditor",
      retentionDays: 2555,
      objectLock: "off",
    });
  });

  it("accepts several tenants, as a list and as text", () => {
    const listed = read(FULL);
    expect(listed.tenants.map(({ domain }) => domain)).toEqual(["acme.eu.auth0.com", "globex.us.auth0.com"]);
    expect(read({ ...FULL, tenants: JSON.stringify(FULL.tenants) })).toEqual(listed);
  });

  it("accepts numbers as text, as -c gives them", () => {
    expect(read({ domain: DOMAIN, reserve: "0.5", retentionDays: "90" })).toMatchObject({
      tenants: [{ reserve: 0.5 }],
      retentionDays: 90,
    });
  });

  it.each([
    ["all", "all"],
    [ORGANIZATION, [ORGANIZATION]],
    [`org_BBBBBBBBBBBBBBBB, ${ORGANIZATION},${ORGANIZATION}`, [ORGANIZATION, "org_BBBBBBBBBBBBBBBB"]],
    [`["${ORGANIZATION}"]`, [ORGANIZATION]],
    [[ORGANIZATION], [ORGANIZATION]],
    ["@ids.txt", [ORGANIZATION, "org_BBBBBBBBBBBBBBBB"]],
  ])("accepts the Organizations %j", (given, organizations) => {
    const file = typeof given === "string" ? given.replace("@", `@${folder}/`) : given;
    expect(read({ domain: DOMAIN, organizations: file })).toMatchObject({ tenants: [{ organizations }] });
  });

  it.each([
    ["rate(1 minute)", "rate(1 minute)"],
    [" rate(5 minutes) ", "rate(5 minutes)"],
    ["cron(0/5 * * * ? *)", "cron(0/5 * * * ? *)"],
    ["rate(24 hours)", "rate(24 hours)"],
    ["off", null],
  ])("accepts the updates %j", (given, updates) => {
    expect(read({ domain: DOMAIN, updates: given })).toMatchObject({ tenants: [{ updates }] });
    expect(read({ tenants: [{ domain: DOMAIN, updates: given }] })).toMatchObject({ tenants: [{ updates }] });
  });

  it("accepts a tenant with a port", () => {
    expect(read({ domain: "localhost:8443" })).toMatchObject({ tenants: [{ tenant: "localhost_8443" }] });
    expect(read({ domain: "https://acme.eu.auth0.com/" })).toMatchObject({ tenants: [{ domain: DOMAIN }] });
  });

  it("ignores context keys of the CDK and of other tools", () => {
    const others = { "@aws-cdk/core:something": true, "acknowledged-issue-numbers": [1], "aws:cdk:x": 1 };
    expect(read({ domain: DOMAIN, ...others }).tenants).toHaveLength(1);
  });

  it.each([
    ["domain", undefined],
    ["domain", ""],
    ["domain", "http://acme.eu.auth0.com"],
    ["domain", "acme.eu.auth0.com/api"],
    ["domain", "acme"],
    ["domain", 7],
    ["organizations", "org_short"],
    ["organizations", ""],
    ["organizations", []],
    ["organizations", [7]],
    ["organizations", [ORGANIZATION, "acme"]],
    ["organizations", "@/no/such/file"],
    ["organizations", { all: true }],
    ["schedule", "every day"],
    ["schedule", "rate(1 hours)"],
    ["schedule", "rate(0 hours)"],
    ["schedule", "cron(0 6 * *)"],
    ["schedule", "cron(61 6 * * ? *)"],
    ["schedule", "cron(0 6 * * * *)"],
    ["schedule", "cron(0 6 30 2 ? *)"],
    ["schedule", 6],
    ["updates", "rate(30 seconds)"],
    ["updates", "rate(25 hours)"],
    ["updates", "rate(2 days)"],
    ["updates", "cron(0 6 ? * MON-FRI *)"],
    ["updates", "on"],
    ["updates", ""],
    ["updates", 5],
    ["updates", true],
    ["timezone", "Mars/Olympus"],
    ["timezone", 1],
    ["timezone", "US/Eastern"],
    ["timezone", "EST"],
    ["timezone", "europe/berlin"],
    ["timezone", "+02:00"],
    ["tokenSecretKeyArn", KEY_ARN],
    ["policy", 7],
    ["policy", []],
    ["policy", ""],
    ["policy", "policy.json"],
    ["policy", "@/no/such/file"],
    ["policy", { version: 2 }],
    ["policy", { version: 1, rules: { "sso-bypas": "off" } }],
    ["policy", '{"version":1,"waivers":[{}]}'],
    ["reserve", 1],
    ["reserve", -0.1],
    ["reserve", "much"],
    ["reserve", ""],
    ["reserve", true],
    ["tokenSecretArn", "my-secret"],
    ["tokenSecretArn", OWN_SECRET_ARN.slice(0, -7)],
  ])("rejects a value in one line that names the key: %s = %j", (key, value) => {
    expect(refusal({ domain: DOMAIN, [key]: value })).toMatch(new RegExp(`^${key}: [^\n]+\\.$`));
    const tenants = [{ domain: "globex.us.auth0.com" }, { domain: DOMAIN, [key]: value }];
    expect(refusal({ tenants })).toMatch(new RegExp(`^tenants\\[1\\]\\.${key}(\\.\\d+)?: [^\n]+\\.$`));
  });

  it.each([
    ["alertEmail", "security"],
    ["alertEmail", "a@b.example, c@d.example"],
    ["alertEmail", 7],
    ["retentionDays", 0],
    ["retentionDays", 1.5],
    ["retentionDays", 40_000],
    ["retentionDays", "for ever"],
    ["retentionDays", ""],
    ["objectLock", "on"],
    ["objectLock", true],
    ["encryptionKeyArn", "alias/evidence"],
    ["encryptionKeyArn", KEY_ARN.replace(":key/", ":alias/")],
    ["encryptionKeyArn", 7],
    ["signingKeyArn", "11111111-2222-3333-4444-555555555555"],
    ["stackName", "2nd"],
    ["stackName", "audit_eu"],
    ["stackName", "x".repeat(65)],
    ["evidenceBucketName", "s3://evidence"],
    ["evidenceBucketName", "Evidence"],
    ["evidenceBucketName", ""],
    ["objectlock", "governance"],
    ["alertEMail", "security@acme.example"],
    ["tenant", DOMAIN],
  ])("rejects a value in one line that names the key: %s = %j", (key, value) => {
    expect(refusal({ domain: DOMAIN, [key]: value })).toMatch(new RegExp(`^${key}: [^\n]+\\.$`));
  });

  const TEAMS_URL = "https://prod-1.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?api-version=1";
  const SLACK = { chatWebhookSecretArn: CHAT_SECRET_ARN, chatSlackChannel: "C0123456789" };

  it("accepts a chat in Slack or in Teams", () => {
    expect(read({ domain: DOMAIN, ...SLACK }).chat).toEqual({
      kind: "slack",
      secretArn: CHAT_SECRET_ARN,
      channel: "C0123456789",
    });
    const teams = { chatWebhookSecretArn: CHAT_SECRET_ARN, chatTeamsUrl: `${TEAMS_URL}&sp=%2Fx` };
    expect(read({ domain: DOMAIN, ...teams }).chat).toEqual({
      kind: "teams",
      secretArn: CHAT_SECRET_ARN,
      endpoint: TEAMS_URL.replace(/\?.*/, ""),
      parameters: { "api-version": "1", sp: "/x" },
    });
    expect(read({ tenants: [{ domain: DOMAIN }], ...SLACK }).chat).toBeDefined();
    expect(read({ domain: DOMAIN }).chat).toBeUndefined();
  });

  it.each([
    ["chatWebhookSecretArn", { ...SLACK, chatWebhookSecretArn: "https://hooks.slack.com/services/T0/B0/x" }],
    ["chatWebhookSecretArn", { chatWebhookSecretArn: CHAT_SECRET_ARN }],
    ["chatSlackChannel", { chatSlackChannel: "C0123456789" }],
    ["chatSlackChannel", { ...SLACK, chatSlackChannel: "#alerts" }],
    ["chatSlackChannel", { ...SLACK, chatSlackChannel: 7 }],
    ["chatTeamsUrl", { ...SLACK, chatTeamsUrl: TEAMS_URL }],
    ["chatTeamsUrl", { chatTeamsUrl: TEAMS_URL }],
    ["chatTeamsUrl", { chatWebhookSecretArn: CHAT_SECRET_ARN, chatTeamsUrl: 7 }],
  ])("rejects a chat in one line that names the key: %s in %j", (key, chat) => {
    expect(refusal({ domain: DOMAIN, ...chat })).toMatch(new RegExp(`^${key}: [^\n]+\\.$`));
  });

  it.each([
    `${TEAMS_URL}&sig=hush`,
    `${TEAMS_URL.replace("https", "http")}#hush`,
    `${TEAMS_URL}#hush`,
    TEAMS_URL.replace("https://", "https://hush@"),
    TEAMS_URL.replace("/workflows/", "/hush/"),
    "https://acme.webhook.office.com/webhookb2/hush/IncomingWebhook/hush",
    "https://hooks.slack.com/services/T0/B0/hush",
    "https://localhost/workflows/hush?api-version=1",
    "hush",
  ])("rejects the address of a workflow, and does not show what can be secret: %s", (chatTeamsUrl) => {
    const message = refusal({ domain: DOMAIN, chatWebhookSecretArn: CHAT_SECRET_ARN, chatTeamsUrl });
    expect(message).toMatch(/^chatTeamsUrl: [^\n]+\.$/);
    expect(message).not.toContain("hush");
  });

  it("does not show a secret in place of its ARN", () => {
    const chat = { ...SLACK, chatWebhookSecretArn: "xoxb-hush" };
    expect(refusal({ domain: DOMAIN, ...chat })).toMatch(/^chatWebhookSecretArn: "not an ARN": it must be the ARN/);
  });

  it("names the line of a file with a wrong ID, and limits the length of the message", () => {
    expect(refusal({ domain: DOMAIN, organizations: `@${folder}/wrong.txt` })).toMatch(
      /^organizations: .*wrong\.txt\D+2\b/,
    );
    expect(refusal({ domain: DOMAIN, organizations: `@${folder}/empty.txt` })).toMatch(/^organizations: /);
    expect(refusal({ domain: "x".repeat(200) }).length).toBeLessThan(200);
  });

  it.each(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Europe/Kyiv"])(
    "accepts the time zone %s",
    (timezone) => {
      expect(read({ domain: DOMAIN, timezone })).toMatchObject({ tenants: [{ timezone }] });
    },
  );

  it("accepts the key of an existing token secret", () => {
    const own = { tokenSecretArn: OWN_SECRET_ARN, tokenSecretKeyArn: KEY_ARN };
    expect(read({ domain: DOMAIN, ...own })).toMatchObject({ tenants: [own] });
  });

  it.each([
    ["a file", () => `@${join(folder, "policy.json")}`, POLICY_FILE],
    ["an object", () => POLICY, JSON.stringify(POLICY)],
    ["text, as -c gives it", () => JSON.stringify(POLICY), JSON.stringify(POLICY)],
  ])("accepts a policy as %s, and keeps its text", (_what, policy, text) => {
    expect(read({ domain: DOMAIN, policy: policy() }).tenants).toEqual([expect.objectContaining({ policy: text })]);
  });

  it("judges each tenant by its own policy, and the others by the policy of the stack", () => {
    const tenants = [{ domain: DOMAIN }, { domain: "globex.us.auth0.com", policy: { version: 1 } }];
    const policies = (context: Readonly<Record<string, unknown>>) => read(context).tenants.map(({ policy }) => policy);
    expect(policies({ tenants, policy: POLICY })).toEqual([JSON.stringify(POLICY), '{"version":1}']);
    expect(policies({ tenants })).toEqual([undefined, '{"version":1}']);
  });

  it("names the file of a policy and the path of what is wrong in it", () => {
    const message = refusal({ domain: DOMAIN, policy: `@${folder}/wrong.json` });
    expect(message).toMatch(/^policy: [^\n]*wrong\.json: \$\.waivers\[0\]\.reason: [^\n]+\.$/);
  });

  it("gives a tenant its own updates and attribution, else those of all tenants", () => {
    const [acme, globex] = read({
      tenants: [{ domain: DOMAIN }, { domain: "globex.us.auth0.com", updates: "off", attribution: "full" }],
      updates: "rate(5 minutes)",
      attribution: "pseudonyms",
    }).tenants;
    expect(acme).toMatchObject({ updates: "rate(5 minutes)", attribution: "pseudonyms" });
    expect(globex).toMatchObject({ updates: null, attribution: "full" });
    expect(refusal({ domain: DOMAIN, attribution: "names" })).toMatch(/^attribution: [^\n]*pseudonyms[^\n]*\.$/);
  });

  it("rejects more tenants with updates than fit in a stack", () => {
    const tenants = Array.from({ length: 18 }, (_, index) => ({ domain: `tenant${index}.eu.auth0.com` }));
    const watched = { updates: "rate(5 minutes)", attribution: "pseudonyms" };
    expect(refusal({ tenants, ...watched })).toMatch(/^tenants: 18 [^\n]*\b500\b[^\n]*\bstackName\b[^\n]*\.$/);
    expect(read({ tenants: tenants.slice(1), ...watched }).tenants).toHaveLength(17);
  });

  it("accepts 20 tenants, and rejects more in one line with the number", () => {
    const tenants = Array.from({ length: 21 }, (_, index) => ({ domain: `tenant${index}.eu.auth0.com` }));
    expect(read({ tenants: tenants.slice(1) }).tenants).toHaveLength(20);
    expect(refusal({ tenants })).toMatch(/^tenants: [^\n]*\b20\b[^\n]*\bstackName\b[^\n]*\.$/);
  });

  it.each([
    ["[]", "tenants"],
    [DOMAIN, "tenants"],
    [{ domain: DOMAIN }, "tenants"],
    [[DOMAIN], "tenants[0]"],
    [[{}], "tenants[0].domain"],
    [[{ domain: DOMAIN, alertEmail: "a@b.example" }], "tenants[0].alertEmail"],
    [[{ domain: DOMAIN }, { domain: "ACME.eu.auth0.com" }], "tenants[1].domain"],
  ])("rejects the tenants %j", (tenants, key) => {
    expect(refusal({ tenants }).startsWith(`${key}: `)).toBe(true);
  });

  it("rejects tenants together with keys of a tenant at the top level, and names them", () => {
    expect(refusal({ domain: DOMAIN, schedule: "rate(1 day)", tenants: [{ domain: DOMAIN }] })).toMatch(
      /^tenants: [^\n]*domain, schedule/,
    );
  });
});
