import type { Clock } from "../../domain/clock.ts";
import { RunFailure, TokenError } from "../../domain/errors.ts";
import type { RunErrorCode } from "../../domain/run.ts";
import type { ManagementApiToken, TokenSource } from "./port.ts";

/** What is shorter may be a word that names hold. */
const SHORTEST_SECRET_CHARACTERS = 16;

/** A token as it was read; a later reading has a higher generation. */
export interface HeldToken {
  readonly token: ManagementApiToken;
  readonly generation: number;
}

/**
 * Holds the token for as long as it is accepted. A refused one is read again once, for it may have been rotated; several
 * requests that were refused together share that one reading.
 */
export class TokenHolder {
  readonly #secrets: Set<string>;
  readonly #source: TokenSource;
  readonly #clock: Clock;
  #current: Promise<HeldToken> | null = null;
  #generation = 0;
  /** Whether the token at hand was read after a refusal and has not been accepted since. */
  #isOnTrial = false;

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source;
    this.#secrets = new Set(source.secrets);
    this.#clock = clock;
  }

  /** Throws `RunFailure`: `token_unavailable`, `token_expired`, `token_refused`. */
  current(): Promise<HeldToken> {
    this.#current ??= this.#read();
    return this.#current;
  }

  /**
   * `text` from the tenant without what was sent to it: an answer that quotes a token or a client secret, in an error or
   * in a name, must not bring it into evidence.
   */
  hide(text: string): string {
    let hidden = text;
    for (const secret of this.#secrets)
      if (secret.length >= SHORTEST_SECRET_CHARACTERS) hidden = hidden.replaceAll(secret, "[hidden]");
    return hidden;
  }

  /** Auth0 accepted it. */
  accepted({ generation }: HeldToken): void {
    if (generation === this.#generation) this.#isOnTrial = false;
  }

  /**
   * Auth0 refused it, `because`; it is read again. Throws `RunFailure` (`token_refused`) when a fresh one was refused as
   * well, or when this is the `last` refusal that a read puts up with.
   */
  refused({ generation }: HeldToken, because: string, last: boolean): void {
    if (generation < this.#generation && !last) return;
    if (this.#isOnTrial || last)
      throw new RunFailure(
        "token_refused",
        `Auth0 refuses the Management API token, also after it was read again: ${because} Put a fresh token in place.`,
      );
    this.#isOnTrial = true;
    this.#current = this.#read();
    // The next caller gets the rejection. Without this handler, a rejection that no one awaits would end the process.
    this.#current.catch(() => {});
  }

  async #read(): Promise<HeldToken> {
    this.#generation += 1;
    const generation = this.#generation;
    let token: ManagementApiToken;
    try {
      token = await this.#source.read();
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      // It may be readable when it is needed again.
      if (error.code === "unreachable") this.#current = null;
      throw new RunFailure(RUN_ERROR_CODE[error.code], error.message, { cause: error });
    }
    this.#secrets.add(token.reveal());
    if (token.expiresAt !== null && token.expiresAt <= this.#clock.now())
      throw new RunFailure(
        "token_expired",
        `The Management API token expired at ${new Date(token.expiresAt).toISOString()}; put a fresh one in place.`,
      );
    return { token, generation };
  }
}

const RUN_ERROR_CODE = {
  unreachable: "token_unavailable",
  unavailable: "token_unavailable",
  malformed: "token_unavailable",
  expired: "token_expired",
  refused: "token_refused",
} as const satisfies Record<TokenError["code"], RunErrorCode>;
