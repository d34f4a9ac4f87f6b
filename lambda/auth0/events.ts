import { PRODUCT } from "../contract.ts";
import type { ManagementApiOptions } from "./client.ts";
import { EventsReader, type EventsReaderOptions } from "./events-reader.ts";
import type { TenantEvents } from "./port.ts";
import { TokenHolder } from "./token/holder.ts";

export interface TenantEventsOptions
  extends Pick<
    ManagementApiOptions,
    "domain" | "baseUrl" | "tokenSource" | "clock" | "version" | "random" | "requestTimeoutMs" | "signal" | "fetch"
  > {
  /** How long a reading may take, its waits included. Default: 30 seconds. */
  readonly budgetMs?: number;
  /** How long no event must come until the stream has nothing left. Default: 5 seconds. */
  readonly quietMs?: number;
  /** A reading ends after so many events; the next one continues there. Default: 10,000. */
  readonly mostEvents?: number;
}

/**
 * The tenant's events, read from the stream of `GET /api/v2/events`
 * (https://auth0.com/docs/customize/events/consume-events-with-events-api). The token is read again once when it is
 * refused. A reading is one request, unless the stream breaks.
 */
export function tenantEvents(options: TenantEventsOptions): TenantEvents {
  const readerOptions: EventsReaderOptions = {
    baseUrl: options.baseUrl ?? `https://${options.domain}`,
    clock: options.clock,
    userAgent: `${PRODUCT}/${options.version}`,
    fetch: options.fetch ?? globalThis.fetch,
    random: options.random ?? Math.random,
    requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
    signal: options.signal ?? new AbortController().signal,
    budgetMs: options.budgetMs ?? 30_000,
    quietMs: options.quietMs ?? 5_000,
    mostEvents: options.mostEvents ?? 10_000,
  };
  const tokens = new TokenHolder(options.tokenSource, options.clock);
  return {
    read: (start, types, onEvent) => new EventsReader(readerOptions, tokens, { start, types, onEvent }).read(),
  };
}
