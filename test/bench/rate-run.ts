import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { localAudit } from "../../lambda/cli/local-audit.ts";
import { parseDomain } from "../../lambda/domain/tenant.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { BUILT_IN_POLICY_TEXT } from "../../lambda/findings/policy.ts";

/** What one audit cost the process that made it. */
export interface HttpRunResult {
  /** -1 when no answer told. */
  readonly lowestRemaining: number;
  readonly peakMegabytes: number;
  readonly cpuMs: number;
}

const { url, token, out, reserve }: { url: string; token: string; out: string; reserve: number } = JSON.parse(
  process.argv[2] ?? "{}",
);
const before = process.cpuUsage();
const outcome = await localAudit({
  domain: parseDomain("demo.localhost", "the benchmark"),
  baseUrl: url,
  kind: "sweep",
  attribution: "off",
  organizations: "all",
  scheduledAt: null,
  policy: { source: "built-in", text: BUILT_IN_POLICY_TEXT },
  reserve,
  store: folderEvidenceStore(out),
  tokenSource: fixedToken(managementApiToken(token, "The benchmark")),
  progress: () => {},
  signal: new AbortController().signal,
  restart: true,
  stateFolder: `${out}/v1/state`,
});
if (outcome.kind !== "recorded") throw new Error(`The audit ended as ${outcome.kind}.`);
const { user, system } = process.cpuUsage(before);
const measured: HttpRunResult = {
  lowestRemaining: outcome.usage.lowestRemaining ?? -1,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
  cpuMs: (user + system) / 1000,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
