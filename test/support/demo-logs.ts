import * as v from "valibot";
import { logsPageSchema } from "../../lambda/auth0/log-answers.ts";
import type { LogQuery, LogsReading, ManagementApi } from "../../lambda/auth0/port.ts";
import type { DemoActor, DemoLogs } from "../../lambda/demo/logs.ts";

export const ALICE: DemoActor = {
  kind: "dashboard",
  userId: "auth0|alice",
  name: "Alice Example",
  email: "alice@example.com",
  ip: "203.0.113.7",
};
export const TERRAFORM: DemoActor = {
  kind: "application",
  clientId: "terraform-client",
  clientName: "terraform",
  userAgent: "Terraform/1.14",
  ip: "198.51.100.9",
};

/** The search of the demo's logs without HTTP; `asked` has every query. */
export interface DemoLogsApi extends Pick<ManagementApi, "logs"> {
  readonly asked: readonly LogQuery[];
}

/** `alter` replaces the answer to a query; null leaves it. `inApi` changes what the API makes of a query. */
export function demoLogsApi(
  logs: DemoLogs,
  {
    alter = () => null,
    inApi = (query) => query,
  }: {
    readonly alter?: (query: LogQuery, count: number) => LogsReading | null;
    readonly inApi?: (query: LogQuery) => LogQuery;
  } = {},
): DemoLogsApi {
  const asked: LogQuery[] = [];
  return {
    asked,
    logs: async (query) => {
      asked.push(query);
      const altered = alter(query, asked.length);
      if (altered !== null) return altered;
      const { from, page, perPage, types, until } = inApi(query);
      const type = types === null ? "" : `type:(${types.join(" OR ")}) AND `;
      const { json, status } = logs.answer(
        new URLSearchParams({
          q: `${type}date:[${from} TO ${until}]`,
          sort: "date:1",
          page: String(page),
          per_page: String(perPage),
          include_totals: "true",
        }),
      );
      if (status !== 200) throw new RangeError(`The demo's logs answered ${status}: ${JSON.stringify(json)}`);
      return { kind: "page", page: v.parse(logsPageSchema, json) };
    },
  };
}
