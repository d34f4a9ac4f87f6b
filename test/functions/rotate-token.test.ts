import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ROTATION_STEPS } from "../../lambda/auth0/token/rotation.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { FIRST, HOUR_MS, Rotation, SECOND } from "../support/rotation.ts";

describe("a rotation of the token, by the calls of Secrets Manager", () => {
  let rotation: Rotation;
  beforeEach(async () => {
    rotation = await Rotation.start();
  });
  afterEach(() => rotation.close());
  /** The failure, which must hold none of the secrets. */
  const failing = async (work: Promise<unknown>) => {
    const { failure, leaked } = await rotation.failing(work);
    expect(leaked).toEqual([]);
    return failure;
  };

  it("puts a token that the tenant accepts in place of the one before", async () => {
    await rotation.rotate();
    const first = await rotation.current();
    expect(first.reveal()).toBe(rotation.tenant.token);
    expect(JSON.parse(rotation.aws.secrets.value(rotation.token) ?? "")).toEqual({
      token: rotation.tenant.token,
      expires_at: "2026-03-04T06:00:00.000Z",
    });
    rotation.nowMs += 12 * HOUR_MS;
    await rotation.rotate(SECOND);
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
    expect((await rotation.current()).reveal()).not.toBe(first.reveal());
    expect(rotation.aws.secrets.stages(rotation.token)).toMatchObject({
      [FIRST]: ["AWSPREVIOUS"],
      [SECOND]: ["AWSCURRENT", "AWSPENDING"],
    });
    // One read of connections and one of Organizations test each token.
    expect(rotation.tenant.requests).toMatchObject({ token: 2, connections: 2, organizations: 2 });
  });

  it("can repeat each step, and does nothing when the rotation is done", async () => {
    rotation.aws.secrets.startRotation(rotation.token, FIRST);
    for (const name of ROTATION_STEPS) {
      await rotation.step(name);
      await rotation.step(name);
    }
    const stages = rotation.aws.secrets.stages(rotation.token);
    await rotation.goOn();
    expect(rotation.aws.secrets.stages(rotation.token)).toEqual(stages);
    expect(rotation.tenant.requests.token).toBe(1);
  });

  it.each(["PutSecretValue", "UpdateSecretVersionStage"])(
    "continues after the answer of %s was lost",
    async (operation) => {
      rotation.aws.fault = (request) =>
        request.operation === operation && request.operationCount === 1 ? { kind: "lost_answer" } : null;
      rotation.aws.secrets.startRotation(rotation.token, FIRST);
      for (const name of ROTATION_STEPS) await rotation.step(name).catch(() => rotation.step(name));
      expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
      expect(rotation.tenant.requests.token).toBe(1);
    },
  );

  it("does not need the scope for Organizations with a given list", async () => {
    await rotation.startTenant({ scopes: [SCOPE.connections] });
    await rotation.rotate(FIRST, { AUTH0_REQUIRED_SCOPES: SCOPE.connections });
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
    expect(rotation.tenant.requests.organizations).toBe(0);
  });

  it("uses the audience of the credentials", async () => {
    rotation.putCredentials({
      client_id: rotation.tenant.clientId,
      client_secret: rotation.tenant.clientSecret,
      audience: "https://other.eu.auth0.com/api/v2/",
    });
    expect(await failing(rotation.rotate())).toMatchObject({
      code: "refused",
      message: expect.stringContaining("other.eu.auth0.com"),
    });
    rotation.putCredentials({
      client_id: rotation.tenant.clientId,
      client_secret: rotation.tenant.clientSecret,
      audience: `https://${rotation.tenant.domain}/api/v2/`,
    });
    await rotation.goOn();
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
  });

  it("makes the first token of an empty secret current", async () => {
    rotation.token = rotation.aws.secrets.setEmpty("first-token");
    await rotation.rotate();
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
  });
});
