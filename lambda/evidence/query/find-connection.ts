import { ConfigurationError } from "../../domain/errors.ts";
import type { ConnectionId } from "../../domain/identifiers.ts";
import { NearNames } from "./near-names.ts";

/** `con_` and 16 characters. */
const CONNECTION_ID = /^con_[A-Za-z0-9]{16}$/;

/** The connections that evidence has, with every name that each of them had. */
export class KnownConnections {
  readonly #names = new Map<ConnectionId, Set<string>>();

  add(connectionId: ConnectionId | null, name: unknown): void {
    if (connectionId === null) return;
    const names = this.#names.get(connectionId) ?? new Set();
    this.#names.set(connectionId, names);
    if (typeof name === "string") names.add(name);
  }

  /** Whether a connection has or had this ID or name. */
  has(text: string): boolean {
    return [...this.#names].some(([id, names]) => id === text || names.has(text));
  }

  /**
   * The ID of the connection that `text` gives, by ID or by any of its names. Text in the form of an ID is never a name.
   * `where` is the place in the message. Throws `ConfigurationError`.
   */
  find(text: string, where: string): ConnectionId {
    // Evidence may hold IDs of any form: whether the text is one, the evidence decides.
    const id = text as ConnectionId;
    if (this.#names.has(id)) return id;
    const ids = [...this.#names].filter(([, names]) => names.has(text)).map(([one]) => one);
    const [only, ...others] = CONNECTION_ID.test(text) ? [id] : ids;
    if (only === undefined) throw new ConfigurationError(this.#notFound(text, where));
    if (others.length === 0) return only;
    throw new ConfigurationError(
      `--connection: several connections have or had the name ${JSON.stringify(text)}; give one of their IDs: ${ids.join(", ")}.`,
    );
  }

  #notFound(text: string, where: string): string {
    const near = new NearNames(text);
    for (const names of this.#names.values()) for (const name of names) near.offer(name);
    return `--connection: no connection has or had the name ${JSON.stringify(text)} in ${where}.${near} Give its name or its ID (con_...).`;
  }
}
