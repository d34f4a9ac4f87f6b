import { timestamp } from "../domain/time.ts";
import { ACCEPTED } from "./scenario.ts";

const WAIVED_MS = 365 * 86_400_000;

/** The policy file of the demo's owner, for a demo that starts at `startedMs`: one finding is accepted for a year. */
export function demoPolicyText(startedMs: number): string {
  const policy = {
    version: 1,
    waivers: [
      {
        rule: "sso-bypass",
        organization: ACCEPTED.organization,
        connection: ACCEPTED.connection,
        reason: "Branch staff sign in with passwords until the new identity provider is rolled out.",
        expires: timestamp(startedMs + WAIVED_MS).slice(0, "YYYY-MM-DD".length),
        approved_by: "Head of Security",
      },
    ],
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}
