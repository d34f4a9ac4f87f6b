import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { isPassingFailure, sdkErrorName } from "../aws/sdk-error.ts";
import { EVENT_SOURCE } from "../contract.ts";
import { EventBusError } from "../domain/errors.ts";
import type { RunEvent } from "../report/event.ts";
import type { EventBus } from "./port.ts";

/** Entries fail one by one; these are worth another attempt (the same page, "PutEventsResultEntry"). */
const PASSING_ENTRY_CODES: ReadonlySet<string> = new Set(["InternalFailure", "ThrottlingException"]);
const ADVICE = "check the name of the bus and its policy, and allow events:PutEvents on it";

/** An EventBridge bus, by its name: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export function eventBus(client: EventBridgeClient, name: string): EventBus {
  return {
    async put({ detailType, detail }: RunEvent): Promise<void> {
      const entry = { EventBusName: name, Source: EVENT_SOURCE, DetailType: detailType, Detail: detail };
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] })).catch((cause: unknown) => {
        const code = isPassingFailure(cause) ? "unreachable" : "refused";
        const advice = code === "refused" ? ADVICE : "check the state of EventBridge";
        const message = `${name}: the run's event was not put (${sdkErrorName(cause)}); ${advice}.`;
        throw new EventBusError(code, message, { cause });
      });
      const [result] = answer.Entries ?? [];
      if (result?.EventId !== undefined) return;
      const reason = result?.ErrorCode;
      if (reason === undefined || PASSING_ENTRY_CODES.has(reason))
        throw new EventBusError("unreachable", `${name}: the run's event was not put (${reason ?? "no answer"}).`);
      throw new EventBusError("refused", `${name}: the run's event was refused (${reason}); ${ADVICE}.`);
    },
  };
}
