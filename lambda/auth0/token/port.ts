/** A secret that prints as `[hidden]`; only the Auth0 edge takes its value out. */
export interface ManagementApiToken {
  reveal(): string;
  /** The JWT's `exp`, in milliseconds since the epoch; null when it cannot be read. Not verified. */
  readonly expiresAt: number | null;
}

/** Where the Management API token comes from. */
export interface TokenSource {
  /** The token as it stands now, read afresh each time. Throws `TokenError`. */
  read(): Promise<ManagementApiToken>;
  /** What it is got with, and must show up as little as itself: a client secret. */
  readonly secrets?: readonly string[];
}

/** The versions of the token's secret, while it is rotated. Every method throws `TokenError`. */
export interface TokenVersions {
  /** The secret, as messages name it. */
  readonly where: string;
  /** The staging labels of each version that has some, by the version's ID. */
  labels(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The token of a version that is pending; null while it has none. */
  pending(version: string): Promise<ManagementApiToken | null>;
  /** Puts the token as that version's, pending. */
  putPending(version: string, token: ManagementApiToken): Promise<void>;
  /** Makes that version the current one instead of `before` (null: there is none). */
  makeCurrent(version: string, before: string | null): Promise<void>;
  /** Takes the label from a pending version, so that the next rotation begins afresh. */
  discard(version: string): Promise<void>;
}
