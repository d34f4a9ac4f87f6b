import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { sdkErrorName, sdkErrorStatus } from "../aws/sdk-error.ts";
import { EVENT_SOURCE } from "../contract.ts";
import { EventBusError } from "../domain/errors.ts";
import type { RunEvent } from "../report/event.ts";
import type { EventBus } from "./port.ts";

/** An EventBridge bus, by its name: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export function eventBus(client: EventBridgeClient, name: string): EventBus {
  return {
    async put({ detailType, detail }: RunEvent): Promise<void> {
      const entry = { EventBusName: name, Source: EVENT_SOURCE, DetailType: detailType, Detail: detail };
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] })).catch((cause: unknown) => {
        const status = sdkErrorStatus(cause);
        const code = status === 400 || status === 403 ? "refused" : "unreachable";
        throw new EventBusError(code, `${name}: the run's event was not put (${sdkErrorName(cause)}).`, { cause });
      });
      const [result] = answer.Entries ?? [];
      if (result?.EventId === undefined)
        throw new EventBusError(
          "refused",
          `${name}: the run's event was refused (${result?.ErrorCode ?? "no reason"}).`,
        );
    },
  };
}
