import { createHash, timingSafeEqual } from "node:crypto";
import { pagePolicy } from "../report/html/page.ts";
import { PAGE_STYLE } from "./html/style.ts";

/** Sent with every answer. Nothing of the evidence stays in the browser's cache, and no other page may embed or read it. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": `${pagePolicy({ style: PAGE_STYLE, hasForms: true })}; frame-ancestors 'none'`,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** What a browser sends with a request, as far as access depends on it. */
export interface Visit {
  readonly method: string;
  readonly host: string | undefined;
  readonly target: string;
  readonly cookie: string | undefined;
  /** `Sec-Fetch-Site`: where the request comes from, as the browser sees it. */
  readonly site: string | undefined;
}

/** What is done with a request. `enter`: the address had the token, so that the browser gets the cookie. */
export type Admission =
  | { readonly kind: "page"; readonly url: URL }
  | { readonly kind: "enter" }
  | { readonly kind: "refused"; readonly status: 400 | 403 | 405; readonly because: Refusal };

export type Refusal = "method" | "host" | "address" | "no_cookie" | "from_another_site";

const ENTRANCE = /^\/t\/([\w-]+)$/;

/**
 * Lets in the browser that has the secret. Another page in the same browser cannot ask in its name: the cookie is not sent with
 * its requests (SameSite=Strict), and a host name that resolves to this machine is refused (DNS rebinding).
 */
export class Guard {
  readonly #port: number;
  readonly #secret: string;
  #once: string | null;

  /** `once` opens the page one time: it is for the command line of the browser, which others on the machine can read. */
  constructor(port: number, secret: string, once: string | null) {
    this.#port = port;
    this.#secret = secret;
    this.#once = once;
  }

  /** The cookie that stands for the secret. Cookies do not distinguish ports, so its name does. */
  get cookie(): string {
    return `${this.#cookieName}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`;
  }

  get #cookieName(): string {
    return `organization-auditor-${this.#port}`;
  }

  admit({ cookie, host, method, site, target }: Visit): Admission {
    if (host !== `127.0.0.1:${this.#port}` && host !== `localhost:${this.#port}`) return refused(403, "host");
    if (method !== "GET" && method !== "HEAD") return refused(405, "method");
    const url = target.startsWith("/") ? URL.parse(`http://127.0.0.1:${this.#port}${target}`) : null;
    if (url === null) return refused(400, "address");
    const token = ENTRANCE.exec(url.pathname)?.[1];
    if (token !== undefined && this.#opens(token)) return { kind: "enter" };
    if (this.#hasCookie(cookie)) return { kind: "page", url };
    return refused(403, site === "cross-site" ? "from_another_site" : "no_cookie");
  }

  #opens(token: string): boolean {
    if (isEqual(token, this.#secret)) return true;
    if (this.#once === null || !isEqual(token, this.#once)) return false;
    this.#once = null;
    return true;
  }

  #hasCookie(cookie = ""): boolean {
    return cookie.split("; ").some((one) => isEqual(one, `${this.#cookieName}=${this.#secret}`));
  }
}

function refused(status: 400 | 403 | 405, because: Refusal): Admission {
  return { kind: "refused", status, because };
}

/** Takes the same time whatever differs. */
function isEqual(left: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
