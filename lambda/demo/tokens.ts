/** The scopes of a request, or why it is refused. */
export type Authorization =
  | { readonly ok: true; readonly scopes: readonly string[] }
  | { readonly ok: false; readonly status: 400 | 401; readonly message: string };

const DAY_MS = 86_400_000;

/** The tokens of the demo tenant: JWTs with the claims of Auth0's, unsigned. They are valid only for the demo. */
export class DemoTokens {
  readonly #valid = new Map<string, { readonly scopes: readonly string[]; readonly expiresAtMs: number }>();
  #issued = 0;

  issue(scopes: readonly string[], nowMs: number, lifetimeMs = DAY_MS): string {
    this.#issued += 1;
    const expiresAtMs = nowMs + lifetimeMs;
    const claims = {
      iss: "https://demo.localhost/",
      sub: "demo@clients",
      iat: Math.floor(nowMs / 1000),
      exp: Math.floor(expiresAtMs / 1000),
      scope: scopes.join(" "),
      gty: "client-credentials",
      jti: this.#issued,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signature = Buffer.from(`no signature, token ${this.#issued}`).toString("base64url");
    const token = `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.${signature}`;
    this.#valid.set(token, { scopes, expiresAtMs });
    return token;
  }

  revokeAll(): void {
    this.#valid.clear();
  }

  authorize(header: string | undefined, nowMs: number): Authorization {
    if (header === undefined) return { ok: false, status: 401, message: "Missing authentication" };
    const token = /^Bearer ([\x21-\x7e]+)$/.exec(header)?.[1];
    if (token === undefined) return { ok: false, status: 400, message: "Bad HTTP authentication header format" };
    const known = this.#valid.get(token);
    if (known === undefined) return { ok: false, status: 401, message: "Invalid token" };
    if (known.expiresAtMs <= nowMs)
      return { ok: false, status: 401, message: "Expired token received for JSON Web Token validation" };
    return { ok: true, scopes: known.scopes };
  }
}
