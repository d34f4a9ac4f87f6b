import { type DurableExecutionClient, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { audit } from "../../lambda/audit/audit.ts";
import type { AuditProgress } from "../../lambda/audit/port.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { durableExecution } from "../../lambda/execution/durable.ts";
import { type DurableResult, runDurably } from "../../lambda/execution/local/engine.ts";
import { isDeadExecution, processExecutionId } from "../../lambda/execution/local/saved-executions.ts";
import { SECONDS_OF_RETRIES } from "../../lambda/execution/retries.ts";
import { systemClock } from "../../lambda/execution/system-clock.ts";
import { DOMAIN, request } from "./audit-harness.ts";

/** Time stands still, so that two runs leave the same bytes; waits are slept all the same. */
const STANDING_CLOCK: Clock = { now: () => Date.UTC(2026, 2, 3, 6), sleep: systemClock.sleep };

/** When the process is killed: as the n-th of these happens. */
export type Kill =
  | { readonly at: "checkpoint" | "after-checkpoint"; readonly count: number }
  | { readonly at: "event"; readonly count: number };

export interface DurableAudit {
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  readonly file: string;
  readonly chunkOrganizations: number;
  readonly kill?: Kill;
}

/** The audit as the local command runs it, with the means to kill its process at an exact moment. */
export async function durableAudit(
  { url, token, folder, file, chunkOrganizations, kill }: DurableAudit,
  progress: (progress: AuditProgress) => void = () => {},
): Promise<DurableResult> {
  const counts = { checkpoint: 0, "after-checkpoint": 0, event: 0 };
  const happens = (what: keyof typeof counts) => {
    counts[what] += 1;
    // Not even a finally block runs after this.
    if (kill?.at === what && kill.count === counts[what]) process.kill(process.pid, "SIGKILL");
  };
  const dependencies = {
    clock: STANDING_CLOCK,
    store: watched(folderEvidenceStore(folder), () => happens("event")),
    managementApi: managementApi({
      domain: DOMAIN,
      baseUrl: url,
      tokenSource: fixedToken(managementApiToken(token, "the test")),
      clock: STANDING_CLOCK,
      version: "0.0.0",
      reserve: 0,
    }),
    isDead: isDeadExecution,
    progress: (told: AuditProgress) => {
      happens("event");
      progress(told);
    },
  };
  const asked = request(0, {
    executionId: processExecutionId(file),
    chunk: {
      usualMs: () => 600_000,
      longestMs: () => 600_000,
      organizations: chunkOrganizations,
      mostOrganizations: 20_000,
      pauseSeconds: 0,
    },
  });
  return runDurably({
    handler: (client) =>
      withDurableExecution(
        (_event, context) => audit(asked, dependencies, durableExecution(context, { retries: SECONDS_OF_RETRIES })),
        {
          durableExecutionClient: watchedClient(client, happens),
        },
      ),
    event: {},
    file,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

function watched(store: EvidenceStore, happens: () => void): EvidenceStore {
  const around = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    happens();
    const result = await work();
    happens();
    return result;
  };
  return {
    location: store.location,
    create: (...put) => around(() => store.create(...put)),
    replace: (...put) => around(() => store.replace(...put)),
    exists: (key) => around(() => store.exists(key)),
    read: (key) => around(() => store.read(key)),
    list: (...listed) => store.list(...listed),
  };
}

function watchedClient(
  client: DurableExecutionClient,
  happens: (what: "checkpoint" | "after-checkpoint" | "event") => void,
): DurableExecutionClient {
  return {
    getExecutionState: (asked, logger) => client.getExecutionState(asked, logger),
    checkpoint: async (saved, logger) => {
      happens("checkpoint");
      happens("event");
      const answer = await client.checkpoint(saved, logger);
      happens("after-checkpoint");
      return answer;
    },
  };
}

// Started as a process of its own, to be killed.
const [, script, argument] = process.argv;
if (script === import.meta.filename && argument !== undefined) {
  await durableAudit(JSON.parse(argument));
  process.stdout.write("finished\n");
}
