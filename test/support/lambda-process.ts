import { pathToFileURL } from "node:url";
import * as v from "valibot";

/** The input of a function's process: the path of its module, the event, and when its time is up. */
export interface LambdaInvocation {
  readonly module: string;
  readonly handler: string;
  readonly event: unknown;
  readonly remainingMs: number;
}

/** What it answers before it ends. */
export type LambdaAnswer =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly name: string; readonly message: string };

const moduleSchema = v.record(v.string(), v.unknown());
const handlerSchema = v.custom<(event: unknown, context: object) => Promise<unknown>>(
  (value) => typeof value === "function",
);

async function invoked({ module, handler, event, remainingMs }: LambdaInvocation): Promise<LambdaAnswer> {
  const endMs = Date.now() + remainingMs;
  try {
    const exported = v.parse(moduleSchema, { ...(await import(pathToFileURL(module).href)) });
    const value = await v.parse(handlerSchema, exported[handler])(event, {
      awsRequestId: "00000000-0000-4000-8000-000000000000",
      functionName: "deployed",
      functionVersion: "1",
      invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:deployed:live",
      memoryLimitInMB: "256",
      logGroupName: "deployed",
      logStreamName: "deployed",
      callbackWaitsForEmptyEventLoop: false,
      getRemainingTimeInMillis: () => Math.max(0, endMs - Date.now()),
    });
    return { kind: "returned", value: value ?? null };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: typeof error, message: String(error) };
    return { kind: "threw", name, message };
  }
}

// The process of one cold start and one invocation: it is told what to do, answers, and ends.
process.once("message", async (message: LambdaInvocation) => {
  const answer = await invoked(message);
  process.send?.(answer, () => process.exit());
});
