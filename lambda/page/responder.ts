import { asStarted } from "../domain/commands.ts";
import { ConfigurationError, EvidenceError, EvidenceStoreError } from "../domain/errors.ts";
import { markup } from "../report/html/markup.ts";
import { type Answer, rendered } from "./answer.ts";
import type { Archive } from "./archive.ts";
import type { Admission, Refusal } from "./guard.ts";
import { notice } from "./html/shell.ts";
import { PageCache } from "./page-cache.ts";
import { answerTo } from "./routes.ts";

/** A response without its headers of security. */
export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

/** Turns an admitted request into a response, and every error into a page. */
export class Responder {
  readonly #archive: Archive;
  readonly #onDefect: (error: unknown) => void;
  readonly #cache = new PageCache();

  /** `onDefect` hears of errors that no page explains. */
  constructor(archive: Archive, onDefect: (error: unknown) => void) {
    this.#archive = archive;
    this.#onDefect = onDefect;
  }

  async respond(url: URL, signal: AbortSignal): Promise<Response> {
    try {
      const runs = await this.#archive.runs();
      const version = `${runs.readable.length} ${runs.readable.at(-1)?.key}`;
      const target = url.pathname + url.search;
      // The first page says how long ago the last run was.
      const cached = url.pathname === "/" ? undefined : this.#cache.get(version, target);
      if (cached !== undefined) return page(200, cached);
      const answer = await answerTo(url, { archive: this.#archive, signal });
      const response = responseOf(runs.tenant, answer);
      if (answer.kind === "page") this.#cache.set(version, target, response.html);
      return response;
    } catch (error) {
      return this.#problem(error, signal);
    }
  }

  #problem(error: unknown, signal: AbortSignal): Response {
    if (error instanceof ConfigurationError)
      return page(400, notice("This cannot be shown", markup`<p>${error.message}</p>${BACK}`));
    if (error instanceof EvidenceError)
      return page(500, notice("The evidence is not valid", markup`<p class="warning">${error.message}</p>${VERIFY}`));
    if (error instanceof EvidenceStoreError)
      return page(502, notice("The evidence cannot be read", markup`<p>${error.message}</p>${BACK}`));
    if (!signal.aborted) this.#onDefect(error);
    return page(
      500,
      notice("Something went wrong", markup`<p>The terminal that serves this page has the reason.</p>${BACK}`),
    );
  }
}

const BACK = markup`<p><a href="/">Back to the overview</a></p>`;
const VERIFY = markup`<p>What is stored is not what its manifest says, so it is not shown. <code>${asStarted("npm run evidence -- verify")}</code> names everything that differs.</p>${BACK}`;

function responseOf(tenant: string, answer: Answer): Response {
  switch (answer.kind) {
    case "page":
      return page(200, rendered(tenant, answer));
    case "redirect":
      return { status: 303, headers: { location: answer.to }, html: "" };
    case "not_found":
      return page(404, notice("Not found", markup`<p>${answer.message}</p>${BACK}`));
  }
}

const REFUSED: Readonly<Record<Refusal, string>> = {
  address: "The address cannot be read.",
  from_another_site: "You followed a link from another page, so your browser did not say who you are.",
  host: "This page has another address: 127.0.0.1, with the port that the command printed.",
  method: "This page can be read only: it changes nothing.",
  no_cookie: "Open the address that the command printed: it has a token that lets your browser in.",
};

/** What who is not let in gets to see: nothing of the evidence. */
export function refusal({ because, status }: Extract<Admission, { kind: "refused" }>, target: string): Response {
  const allow: Readonly<Record<string, string>> = because === "method" ? { allow: "GET, HEAD" } : {};
  // The link is followed from this page, so that the browser sends the cookie. It stays on this server.
  const here = because === "from_another_site" && /^\/(?!\/)/.test(target) ? again(target) : markup``;
  return {
    ...page(status, notice("Not shown", markup`<p>${REFUSED[because]}</p>${here}`)),
    headers: { ...HTML, ...allow },
  };
}

function again(target: string) {
  return markup`<p><a href="${target}">Open the page</a>. If it is refused again, open the address that the command printed first.</p>`;
}

const HTML = { "content-type": "text/html; charset=utf-8" };

function page(status: number, html: string): Response {
  return { status, headers: HTML, html };
}
