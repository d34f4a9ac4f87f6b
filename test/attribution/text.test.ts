import { describe, expect, it } from "@jest/globals";
import { actorText, attributionText, reasonText, undoneText } from "../../lambda/attribution/text.ts";
import type { Change } from "../../lambda/domain/change.ts";
import type { Timestamp } from "../../lambda/domain/identifiers.ts";
import { changed, operation } from "../support/operations.ts";

const ALICE = operation("a");
const TERRAFORM = operation("t", {
  actor: { kind: "application", id: "client", name: "terraform", email: null },
  clientName: "terraform",
  userAgent: "Terraform/1.14",
  ip: null,
  channel: "api",
});
const NOBODY = { kind: "unknown", id: null, name: null, email: null } as const;

describe("who made an operation", () => {
  it.each([
    [ALICE, "Alice Example (alice@example.com) in the Dashboard from 203.0.113.7"],
    [
      { ...ALICE, channel: "api", clientName: "portal" },
      "Alice Example (alice@example.com) with portal from 203.0.113.7",
    ],
    [{ ...ALICE, actor: { ...ALICE.actor, name: null }, ip: null }, "alice@example.com in the Dashboard"],
    [TERRAFORM, "the application terraform (Terraform/1.14)"],
    [{ ...TERRAFORM, userAgent: null, ip: "198.51.100.9" }, "the application terraform from 198.51.100.9"],
    [
      { ...ALICE, actor: { ...ALICE.actor, kind: "organization_member" as const } },
      "Alice Example (alice@example.com), an administrator of the Organization, from 203.0.113.7",
    ],
    [{ ...ALICE, actor: NOBODY, ip: null }, "someone whom the logs do not name"],
    [
      { ...ALICE, actor: { ...ALICE.actor, name: "a".repeat(64), email: null }, ip: "b".repeat(64) },
      "pseudonym aaaaaaaa in the Dashboard from pseudonym bbbbbbbb",
    ],
  ])("is written for people", (one, text) => {
    expect(actorText(one)).toBe(text);
  });

  it("cannot write anything into a terminal, and not at length", () => {
    const hostile = { ...ALICE, actor: { ...ALICE.actor, name: `\u001b[31m\u202E${"x".repeat(300)}` } };
    const text = actorText(hostile);
    for (const character of ["\u001b", "\u202E"]) expect(text).not.toContain(character);
    expect(text.length).toBeLessThan(180);
  });
});

describe("how sure it is", () => {
  it("is said with the operation, its time and the reason", () => {
    expect(
      attributionText({ confidence: "certain", because: "only_operation", logIds: ["a"] }, [ALICE, TERRAFORM]),
    ).toBe(
      "By Alice Example (alice@example.com) in the Dashboard from 203.0.113.7 at 2026-11-24 06:01:00 UTC (certain).",
    );
    expect(attributionText({ confidence: "likely", because: "tenant_wide", logIds: ["t"] }, [ALICE, TERRAFORM])).toBe(
      `By the application terraform (Terraform/1.14) at 2026-11-24 06:01:00 UTC (likely). ${reasonText("tenant_wide")}`,
    );
    const none = { confidence: "none", because: "logs_expired", logIds: [] } as const;
    const shared = { confidence: "likely", because: "one_of_several", logIds: ["a", "t"] } as const;
    expect(attributionText(shared, [ALICE, TERRAFORM])).toMatch(
      /^By Alice .*; the application terraform .* \(likely\)\. Each of these operations asked for a part of what is there now\.$/,
    );
    expect(attributionText(none, [])).toBe("The tenant no longer has the logs of that time.");
  });
});

describe("what came and went", () => {
  const between = {
    after: "2026-11-24T10:00:00.000Z" as Timestamp,
    before: "2026-11-24T10:42:00.000Z" as Timestamp,
  };
  const text = (change: Change, undoneBy: string | null = "b") => undoneText({ undoneBy, change });
  const enabled = (strategy: string | null, connectionName: string | null) =>
    changed("connection_enabled", { between, strategy, connectionName });
  const updated = (name: string, updatedValue: boolean) =>
    changed("connection_updated", { between, properties: [{ name, previousValue: !updatedValue, updatedValue }] });

  it.each<readonly [Change, string]>([
    [
      enabled("google-oauth2", "google-oauth2"),
      "For 42 minutes on 24 November 2026, anyone with a Google account could sign in to acme.",
    ],
    [
      enabled("auth0", "users"),
      "For 42 minutes on 24 November 2026, anyone with an account in the database users could sign in to acme.",
    ],
    [
      enabled("okta", "acme-okta"),
      "For 42 minutes on 24 November 2026, anyone with an account at the identity provider acme-okta could sign in to acme.",
    ],
    [
      enabled(null, null),
      "For 42 minutes on 24 November 2026, anyone who can authenticate with con_0000000000000001 could sign in to acme.",
    ],
    [
      changed("connection_disabled", { between }),
      "For 42 minutes on 24 November 2026, people could not sign in to acme with google-oauth2.",
    ],
    [
      updated("assign_membership_on_login", true),
      "For 42 minutes on 24 November 2026, anyone with a Google account who signed in became a member of acme.",
    ],
    [
      updated("is_signup_enabled", true),
      "For 42 minutes on 24 November 2026, anyone could create an account with google-oauth2 in acme.",
    ],
    [
      updated("show_as_button", false),
      "For 42 minutes on 24 November 2026, show_as_button was false for google-oauth2 in acme.",
    ],
    [
      changed("organization_renamed", {
        between,
        properties: [{ name: "name", previousValue: "acme", updatedValue: "other" }],
      }),
      'For 42 minutes on 24 November 2026, acme was named "other".',
    ],
    [
      changed("organization_created", { between }),
      "For 42 minutes on 24 November 2026, the Organization acme existed.",
    ],
  ])("is one sentence", (change, expected) => {
    expect(text(change)).toBe(expected);
  });

  it("is at most as long as nothing says when it ended, and may last over days", () => {
    expect(text(enabled("github", "github"), null)).toMatch(
      /^For at most 42 minutes on 24 November 2026, anyone with a GitHub/,
    );
    const later = { ...between, before: "2026-11-26T10:00:00.000Z" as Timestamp };
    expect(text({ ...enabled("github", "github"), between: later })).toMatch(
      /^For 2 days from 24 November 2026 to 26 November 2026, /,
    );
    const brief = { ...between, before: "2026-11-24T10:00:00.400Z" as Timestamp };
    expect(text({ ...enabled("github", "github"), between: brief })).toMatch(/^For 1 second on 24 November 2026, /);
  });
});
