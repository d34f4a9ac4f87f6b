import type { Markup } from "../report/html/markup.ts";
import type { Archive } from "./archive.ts";
import { type Shell, shell } from "./html/shell.ts";

/** What a page is asked with. */
export interface Asked {
  readonly archive: Archive;
  /** The segments of the path, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Aborts when the reader leaves. */
  readonly signal: AbortSignal;
}

/** What a page answers. */
export type Answer =
  | { readonly kind: "page"; readonly title: string; readonly current?: Shell["current"]; readonly body: Markup }
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "not_found"; readonly message: string };

/** Renders a page of the evidence. */
export function rendered(tenant: string, { body, current, title }: Extract<Answer, { kind: "page" }>): string {
  return shell({ tenant, title, body, ...(current === undefined ? {} : { current }) });
}
