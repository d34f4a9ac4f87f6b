import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "@jest/globals";
import { startDemoTenant } from "../../lambda/demo/tenant.ts";
import { httpsFixture } from "./https-fixture.ts";

const SCRIPT =
  "fetch(process.argv[1]).then(({ status }) => console.log(status), ({ cause }) => console.log(cause.code));";

it("makes a certificate that Node trusts through NODE_EXTRA_CA_CERTS, and not without", async () => {
  const folder = await mkdtemp(join(tmpdir(), "https-"));
  const { ca, certificate } = await httpsFixture();
  const tenant = await startDemoTenant({ certificate });
  try {
    await writeFile(join(folder, "ca.pem"), ca);
    const ask = async (url: string, trusted: NodeJS.ProcessEnv) => {
      const options = { env: { ...trusted, NO_PROXY: "*" } };
      return (await promisify(execFile)(process.execPath, ["-e", SCRIPT, url], options)).stdout.trim();
    };
    const trusted = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
    expect(await ask(`${tenant.url}/api/v2/organizations`, trusted)).toBe("401");
    expect(await ask(`${tenant.url.replace("localhost", "127.0.0.1")}/api/v2/organizations`, trusted)).toBe("401");
    expect(await ask(`${tenant.url}/api/v2/organizations`, {})).toMatch(/CERT|SELF_SIGNED|VERIFY/);
  } finally {
    await tenant.close();
    await rm(folder, { recursive: true, force: true });
  }
});
