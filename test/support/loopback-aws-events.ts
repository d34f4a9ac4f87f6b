import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { AwsRefusal } from "./loopback-aws-body.ts";

const entrySchema = v.object({
  Source: v.string(),
  DetailType: v.string(),
  Detail: v.string(),
  EventBusName: v.optional(v.string()),
  Resources: v.optional(v.array(v.string())),
  Time: v.optional(v.number()),
});
const putSchema = v.object({ Entries: v.pipe(v.array(entrySchema), v.minLength(1), v.maxLength(10)) });

/** An event as it was put; `Detail` is JSON text. */
export type LoopbackEvent = v.InferOutput<typeof entrySchema>;

/** All entries of one request together (EventBridge, "Calculating PutEvents event entry size"). */
const LONGEST_REQUEST_BYTES = 256 * 1024;

/** Answers PutEvents and keeps the events, unless every entry fails with `failure`. Throws `AwsRefusal`. */
export function answerEvents(
  events: LoopbackEvent[],
  operation: string,
  input: unknown,
  failure: string | null = null,
): unknown {
  if (operation !== "PutEvents")
    throw new AwsRefusal(400, "UnknownOperationException", `This model has no ${operation}.`);
  const { issues, output, success } = v.safeParse(putSchema, input);
  if (!success) throw new AwsRefusal(400, "ValidationException", issues[0].message);
  if (output.Entries.reduce((bytes, entry) => bytes + entrySize(entry), 0) > LONGEST_REQUEST_BYTES)
    throw new AwsRefusal(400, "ValidationException", "Total size of the entries in the request is over the limit.");
  const answers = output.Entries.map((entry) => {
    if (failure !== null) return { ErrorCode: failure, ErrorMessage: "The entry failed." };
    if (!isJsonObject(entry.Detail)) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
    events.push(entry);
    return { EventId: randomUUID() };
  });
  return { FailedEntryCount: answers.filter((answer) => "ErrorCode" in answer).length, Entries: answers };
}

function entrySize({ Source, DetailType, Detail, Resources = [], Time }: LoopbackEvent): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
