import type { ConnectionsPage } from "../core/auth0-wire.ts";
import type { EnabledConnection } from "../core/model.ts";
import { compareText } from "../core/order.ts";

/** The most that the API gives on one page; a tenant may give less. */
const PAGE_CONNECTIONS = 100;
/** The smallest page that a full answer without totals can be: Auth0's own default. */
const LEAST_FULL_PAGE = 50;

/** What a page says of the rest: that there is none, which page is next, or that the pages are not of one list. */
export type Progress =
  | { readonly kind: "whole"; readonly connections: readonly EnabledConnection[] }
  | { readonly kind: "page" }
  | { readonly kind: "shifted"; readonly problem: string };

/**
 * An Organization's connections, page by page. The answer's own limit and total are believed, never the number that was
 * asked for; pages that do not add up to one list, because it changed meanwhile, are no list.
 */
export class ConnectionPages {
  readonly #found = new Map<string, EnabledConnection>();
  #page = 0;
  #perPage = PAGE_CONNECTIONS;
  #total: number | null = null;

  /** The query of the page to ask for. */
  get query(): URLSearchParams {
    return new URLSearchParams({
      page: String(this.#page),
      per_page: String(this.#perPage),
      include_totals: "true",
    });
  }

  /** Takes the page that was asked for. */
  add(page: ConnectionsPage): Progress {
    const before = this.#found.size;
    for (const connection of page.enabledConnections) this.#found.set(connection.connectionId, connection);
    const added = this.#found.size - before;
    const progress =
      page.position === null ? this.#afterBare(page, added) : this.#afterTotals(page, before, page.position);
    this.#page += 1;
    return progress;
  }

  /** A bare list says nothing of its length; a page that is not full, or brings nothing new, ends it. */
  #afterBare({ enabledConnections: { length } }: ConnectionsPage, added: number): Progress {
    if (length > 0 && added === 0 && this.#page > 0) return this.#whole();
    if (added < length) return { kind: "shifted", problem: "$: the list names a connection twice." };
    return length < LEAST_FULL_PAGE ? this.#whole() : { kind: "page" };
  }

  #afterTotals(
    { enabledConnections: { length } }: ConnectionsPage,
    before: number,
    { limit, start, total }: NonNullable<ConnectionsPage["position"]>,
  ): Progress {
    const after = this.#found.size;
    const shifted = (problem: string): Progress => ({ kind: "shifted", problem: `$.${problem}` });
    if (start !== null && start !== before) return shifted(`start: it is ${start} after ${before} connections.`);
    if (this.#total !== null && total !== this.#total) return shifted("total: it changed between two pages.");
    if (after - before < length) return shifted("enabled_connections: the list names a connection twice.");
    if (after > total) return shifted(`total: it is ${total}, and ${after} connections came.`);
    if (after === total) return this.#whole();
    if (length === 0 || length < limit) return shifted(`total: it is ${total}, and only ${after} connections came.`);
    this.#total = total;
    this.#perPage = Math.min(Math.max(1, limit), PAGE_CONNECTIONS);
    return { kind: "page" };
  }

  #whole(): Progress {
    const connections = [...this.#found.values()];
    return {
      kind: "whole",
      connections: connections.sort((left, right) => compareText(left.connectionId, right.connectionId)),
    };
  }
}
