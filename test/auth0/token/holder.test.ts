import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { RunFailure, TokenError } from "../../../lambda/domain/errors.ts";
import type { OrganizationId } from "../../../lambda/domain/identifiers.ts";
import {
  ACME,
  api,
  clock,
  failure,
  ids,
  list,
  rejection,
  script,
  TOKEN,
  tenant,
  tokens,
} from "../../support/scripted-api.ts";
import { scriptedTenant } from "../../support/scripted-tenant.ts";

describe("the token", () => {
  const refused = { status: 401, body: { statusCode: 401, message: "Invalid token." } };

  it("is read again once when it is refused, however many requests were refused with it", async () => {
    const tokenSource = tokens("old", "new");
    tenant.answer(({ headers }) => (headers.authorization === "Bearer new" ? { body: list("con_a") } : refused));
    const tested = api({ tokenSource });
    const readings = await Promise.all([1, 2, 3].map(() => ids(tested.enabledConnections(ACME))));
    expect(readings).toEqual([["con_a"], ["con_a"], ["con_a"]]);
    expect(tokenSource.reads).toBe(2);
  });

  it("ends the run and all reads when the token that was read again is refused as well", async () => {
    script(refused);
    const tested = api();
    const errors = await Promise.all([1, 2, 3].map(() => rejection(tested.enabledConnections(ACME))));
    for (const error of errors) expect(error).toMatchObject({ name: "RunFailure", code: "token_refused" });
    expect(tenant.asked).toHaveLength(2);
    expect(await rejection(tested.organizations(null))).toBe(errors[0]);
  });

  it("can be rotated any number of times while each token is accepted", async () => {
    const accepted = ["one", "two", "three"];
    let current = 0;
    tenant.answer(({ headers }) => {
      if (headers.authorization !== `Bearer ${accepted[current]}`) return refused;
      return { body: [] };
    });
    const tokenSource = { read: async () => ({ reveal: () => accepted[current] ?? "", expiresAt: null }) };
    const tested = api({ tokenSource });
    for (current = 0; current < accepted.length; current += 1) {
      expect(await ids(tested.enabledConnections(ACME))).toEqual([]);
    }
  });

  it("ends the run when one read is refused again and again while others are not", async () => {
    const other = "org_BBBBBBBBBBBBBBBB" as OrganizationId;
    tenant.answer(({ url }) => (url.pathname.includes(ACME) ? refused : { body: [] }));
    const tested = api();
    let isOver = false;
    const doomed = rejection(tested.enabledConnections(ACME)).finally(() => {
      isOver = true;
    });
    while (!isOver) await tested.enabledConnections(other).catch(() => {});
    expect(await doomed).toMatchObject({ code: "token_refused" });
  });

  it.each([
    ["unavailable", "token_unavailable"],
    ["malformed", "token_unavailable"],
    ["expired", "token_expired"],
    ["refused", "token_refused"],
  ] as const)("that is %s is %s", async (code, expected) => {
    const tokenSource = { read: () => Promise.reject(new TokenError(code, "There is none.")) };
    const error = await rejection(api({ tokenSource }).enabledConnections(ACME));
    expect(error).toBeInstanceOf(RunFailure);
    expect(error).toMatchObject({ code: expected, message: "There is none." });
    expect(tenant.asked).toEqual([]);
  });

  it("is not sent after it expired", async () => {
    const tokenSource = { read: async () => ({ reveal: () => TOKEN, expiresAt: clock.now() }) };
    expect(await rejection(api({ tokenSource }).enabledConnections(ACME))).toMatchObject({ code: "token_expired" });
    expect(tenant.asked).toEqual([]);
  });

  it("appears in no failure", async () => {
    const echo = { message: `Refused: Bearer ${TOKEN}`, errorCode: "x" };
    const shown: unknown[] = [];
    for (const answer of [
      { status: 400, body: echo },
      { status: 401, body: echo },
      { status: 500, body: echo },
      { breaks: "reset" },
      { breaks: "cut" },
      { body: { [TOKEN]: TOKEN, enabled_connections: TOKEN } },
    ] as const) {
      script(answer);
      const tested = api();
      shown.push(await tested.enabledConnections(ACME).catch((error: unknown) => error));
      shown.push(await rejection(tested.organizations(null)), tested);
    }
    for (const badToken of [`${TOKEN}\n${TOKEN}`, `${TOKEN}\u{1f511}`]) {
      shown.push(await rejection(api({ tokenSource: tokens(badToken) }).enabledConnections(ACME)));
    }
    const gone = await scriptedTenant();
    await gone.close();
    const unreachable = api({ baseUrl: gone.baseUrl });
    shown.push(await unreachable.enabledConnections(ACME));
    shown.push(await rejection(unreachable.organizations(null)));
    const text = shown.map((each) => inspect(each, { depth: 10, showHidden: true })).join("\n");
    expect(text).toContain("ECONNREFUSED");
    expect(text).toContain("token_unavailable");
    expect(text).not.toContain(TOKEN);
  });

  it("is hidden, with the client secret, in answers that quote them", async () => {
    const clientSecret = "client-secret-of-the-tests";
    const connection = { name: `sso ${TOKEN}`, strategy: "samlp" };
    script({ body: { enabled_connections: [{ connection_id: "con_1", connection }], [clientSecret]: 1 } });
    const tokenSource = { ...tokens(TOKEN), secrets: [clientSecret, "short"] };
    const observed = await api({ tokenSource }).enabledConnections(ACME);
    expect(observed).toMatchObject({ value: [{ name: "sso [hidden]" }] });
    script({ body: [{ connection_id: "con_1", connection: { name: `${clientSecret} in short`, strategy: "samlp" } }] });
    const other = await api({ tokenSource }).enabledConnections(ACME);
    expect(other).toMatchObject({ value: [{ name: "[hidden] in short" }] });
  });
});

describe("a missing scope", () => {
  const insufficient = { status: 403, body: { statusCode: 403, errorCode: "insufficient_scope" } };

  it("ends the run, and the error names the scope", async () => {
    script(insufficient);
    const connections = await rejection(api().enabledConnections(ACME));
    expect(connections).toMatchObject({ code: "insufficient_scope" });
    expect(String(connections)).toContain("read:organization_connections");
    const organizations = await rejection(api().organizations(null));
    expect(organizations).toMatchObject({ code: "insufficient_scope" });
    expect(String(organizations)).toContain("read:organizations");
  });

  it("does not end the run when one Organization is read", async () => {
    script(insufficient);
    expect(failure(await api().organization(ACME)).code).toBe("forbidden");
  });
});
