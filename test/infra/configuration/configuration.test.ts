import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ContextError, readConfiguration } from "../../../infra/configuration/configuration.ts";
import { appWith, FULL, KEY_ARN, OWN_SECRET_ARN } from "../support.ts";

const DOMAIN = "acme.eu.auth0.com";
const ORGANIZATION = "org_AAAAAAAAAAAAAAAA";
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
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("takes one tenant in the open, with defaults for the rest", () => {
    expect(read({ domain: "ACME.eu.auth0.com" })).toEqual({
      tenants: [
        {
          domain: DOMAIN,
          tenant: DOMAIN,
          organizations: "all",
          schedule: "cron(0 6 * * ? *)",
          timezone: "UTC",
          reserve: 0.25,
          tokenSecretArn: null,
        },
      ],
      retentionDays: 2555,
      objectLock: "off",
    });
  });

  it("takes many tenants, as a list and as text", () => {
    const listed = read(FULL);
    expect(listed.tenants.map(({ domain }) => domain)).toEqual(["acme.eu.auth0.com", "globex.us.auth0.com"]);
    expect(read({ ...FULL, tenants: JSON.stringify(FULL.tenants) })).toEqual(listed);
  });

  it("takes numbers as text, as -c gives them", () => {
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
  ])("takes the Organizations %j", (given, organizations) => {
    const file = typeof given === "string" ? given.replace("@", `@${folder}/`) : given;
    expect(read({ domain: DOMAIN, organizations: file })).toMatchObject({ tenants: [{ organizations }] });
  });

  it("takes a tenant with a port", () => {
    expect(read({ domain: "localhost:8443" })).toMatchObject({ tenants: [{ tenant: "localhost_8443" }] });
  });

  it("leaves alone what others keep in the context", () => {
    const others = { "@aws-cdk/core:something": true, "acknowledged-issue-numbers": [1], "aws:cdk:x": 1 };
    expect(read({ domain: DOMAIN, ...others }).tenants).toHaveLength(1);
  });

  it.each([
    ["domain", undefined],
    ["domain", ""],
    ["domain", "https://acme.eu.auth0.com"],
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
    ["timezone", "Mars/Olympus"],
    ["timezone", 1],
    ["reserve", 1],
    ["reserve", -0.1],
    ["reserve", "much"],
    ["reserve", ""],
    ["reserve", true],
    ["tokenSecretArn", "my-secret"],
    ["tokenSecretArn", OWN_SECRET_ARN.slice(0, -7)],
  ])("refuses in one line that names the key: %s = %j", (key, value) => {
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
    ["objectlock", "governance"],
    ["alertEMail", "security@acme.example"],
    ["tenant", DOMAIN],
  ])("refuses in one line that names the key: %s = %j", (key, value) => {
    expect(refusal({ domain: DOMAIN, [key]: value })).toMatch(new RegExp(`^${key}: [^\n]+\\.$`));
  });

  it("tells what is missing, what was given and what is allowed", () => {
    expect(refusal({})).toBe(
      "domain: it is missing: it must be a host such as acme.eu.auth0.com, without scheme or path.",
    );
    expect(refusal({ domain: DOMAIN, objectLock: "on" })).toBe(
      'objectLock: "on": it must be off, governance or compliance.',
    );
    expect(refusal({ domain: DOMAIN, organizations: `@${folder}/wrong.txt` })).toMatch(
      /^organizations: .*wrong\.txt, line 2: "acme" is not an Organization's ID/,
    );
    expect(refusal({ domain: DOMAIN, organizations: `@${folder}/empty.txt` })).toMatch(/names no Organization/);
    expect(refusal({ domain: "x".repeat(200) }).length).toBeLessThan(200);
  });

  it.each([
    ["[]", /^tenants: "\[\]": it must be a list of one or more tenants/],
    [DOMAIN, /^tenants: "acme\.eu\.auth0\.com": it must be a list/],
    [{ domain: DOMAIN }, /^tenants: \{.*\}: it must be a list/],
    [[DOMAIN], /^tenants\[0\]: "acme\.eu\.auth0\.com": it must be a tenant/],
    [[{}], /^tenants\[0\]\.domain: it is missing: /],
    [
      [{ domain: DOMAIN, alertEmail: "a@b.example" }],
      /^tenants\[0\]\.alertEmail: .*: there is no such key; a tenant's keys are domain, /,
    ],
    [[{ domain: DOMAIN }, { domain: "ACME.eu.auth0.com" }], /^tenants\[1\]\.domain: .*tenants\[0\] has it already/],
  ])("refuses the tenants %j", (tenants, message) => {
    expect(refusal({ tenants })).toMatch(message);
  });

  it("refuses tenants beside a tenant in the open", () => {
    expect(refusal({ domain: DOMAIN, schedule: "rate(1 day)", tenants: [{ domain: DOMAIN }] })).toMatch(
      /^tenants: it stands beside domain, schedule; .* take them out of cdk\.json and -c\.$/,
    );
    expect(refusal({ domain: DOMAIN, tenants: [{ domain: DOMAIN }] })).toMatch(/take it out/);
  });
});
