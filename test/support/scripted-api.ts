import { inspect } from "node:util";
import { afterEach, beforeEach } from "@jest/globals";
import { type ManagementApiOptions, managementApi } from "../../lambda/auth0/client.ts";
import type { ManagementApi, Reading } from "../../lambda/auth0/port.ts";
import type { TokenSource } from "../../lambda/auth0/token/port.ts";
import type { Domain, OrganizationId } from "../../lambda/domain/identifiers.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { type Scripted, type ScriptedTenant, scriptedTenant } from "./scripted-tenant.ts";

/** The Organization that is asked for. */
export const ACME = "org_AAAAAAAAAAAAAAAA" as OrganizationId;
export const TOKEN = "secret-token.that-nobody.may-see";

/** A tenant of the test that runs, which answers as it is told to. */
export let tenant: ScriptedTenant;
export let clock: ManualClock;

beforeEach(async () => {
  tenant = await scriptedTenant();
  clock = manualClock();
});
afterEach(() => tenant.close());

/** A source that gives one token after the other, and then the last again. */
export function tokens(...values: string[]): TokenSource & { reads: number } {
  const source = {
    reads: 0,
    read: async () => {
      const value = values[Math.min(source.reads, values.length - 1)] ?? TOKEN;
      source.reads += 1;
      return { reveal: () => value, expiresAt: null };
    },
  };
  return source;
}

/** The client of the scripted tenant. */
export function api(options: Partial<ManagementApiOptions> = {}): ManagementApi {
  return managementApi({
    domain: "acme.eu.auth0.com" as Domain,
    baseUrl: tenant.baseUrl,
    tokenSource: tokens(TOKEN),
    clock,
    random: () => 0.5,
    version: "1.2.3",
    firstBackoffMs: 1,
    ...options,
  });
}

/** An enabled connection as Auth0 tells it. */
export function connection(id: string) {
  return { connection_id: id, connection: { name: `name-${id}`, strategy: "samlp" } };
}

/** A whole list with its totals. */
export function list(...ids: string[]) {
  return { start: 0, limit: 100, total: ids.length, enabled_connections: ids.map(connection) };
}

/** Answers in their order; the last one again and again. */
export function script(...answers: Scripted[]): void {
  tenant.answer(({ count }) => answers[Math.min(count, answers.length) - 1] ?? {});
}

/** What was read; throws where it was not. */
export function value<Value>(reading: Reading<Value>): Value {
  if (reading.ok) return reading.value;
  throw new Error(inspect(reading.failure));
}

/** Why it was not read; throws where it was. */
export function failure(reading: Reading<unknown>) {
  if (!reading.ok) return reading.failure;
  throw new Error("It should have failed.");
}

/** The IDs of the connections that were read. */
export async function ids(reading: Promise<Reading<readonly { readonly connectionId: string }[]>>) {
  return value(await reading).map(({ connectionId }) => connectionId);
}

/** What `promise` is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("It should have been rejected.");
    },
    (error: unknown) => error,
  );
}
