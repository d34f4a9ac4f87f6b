import { request } from "node:http";
import type { Tenant } from "../../lambda/domain/identifiers.ts";
import type { EvidenceReader } from "../../lambda/evidence/store/port.ts";
import { Archive } from "../../lambda/page/archive.ts";
import { type ServedPage, servePage } from "../../lambda/page/server.ts";
import { TENANT } from "./audit-harness.ts";

/** The pages of some evidence, as a browser with the cookie sees them. */
export interface TestPage extends ServedPage {
  readonly cookie: string;
  /** Errors that no page explained. */
  readonly defects: readonly unknown[];
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

/** Serves the pages on a free port. `now` is the clock that decides when new runs are looked for. */
export async function serveTest(
  reader: EvidenceReader,
  { now = () => Date.now(), tenant = TENANT }: { readonly now?: () => number; readonly tenant?: Tenant } = {},
): Promise<TestPage> {
  const defects: unknown[] = [];
  const archive = await Archive.open(reader, tenant, { now });
  const served = await servePage(archive, { port: 0, onDefect: (error) => defects.push(error) });
  const entered = await fetch(served.address, { redirect: "manual" });
  const [cookie = ""] = (entered.headers.get("set-cookie") ?? "").split(";");
  const get = async (path: string, headers: Readonly<Record<string, string>> = { cookie }) => {
    const response = await fetch(`http://127.0.0.1:${served.port}${path}`, { headers, redirect: "manual" });
    return { status: response.status, headers: response.headers, html: await response.text() };
  };
  return { ...served, cookie, defects, get };
}

/** A request with headers that `fetch` does not let a caller choose, and a path that it would normalize. */
export function rawRequest(
  port: number,
  {
    headers,
    method = "GET",
    path,
  }: { readonly headers: Record<string, string>; readonly method?: string; readonly path: string },
): Promise<{ readonly status: number; readonly body: string; readonly headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, setHost: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    sent.on("error", reject);
    sent.end();
  });
}
