import { createHash } from "node:crypto";
import { KMSClient } from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import { signatureCheck } from "../../../lambda/evidence/signing/check.ts";
import { kmsManifestSigner } from "../../../lambda/evidence/signing/kms.ts";
import { verifyTenant } from "../../../lambda/evidence/verify/verify.ts";
import { TENANT } from "../../support/audit-harness.ts";
import { auditDays, threeDays } from "../../support/audited-days.ts";
import { type LoopbackKms, startLoopbackKms } from "../../support/loopback-kms.ts";
import { memoryEvidenceStore } from "../../support/memory-evidence-store.ts";

const KEY_ID = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

describe("a KMS key that signs manifests", () => {
  let kms: LoopbackKms;
  let client: KMSClient;
  beforeEach(async () => {
    kms = await startLoopbackKms();
    client = new KMSClient(kms.clientConfig);
  });
  afterEach(async () => {
    client.destroy();
    await kms.close();
  });

  it("signs a digest so that its public key verifies it", async () => {
    const content = Buffer.from("a manifest");
    const signer = kmsManifestSigner(client, KEY_ID);
    const isSignature = signatureCheck(kms.publicKey);
    for (let time = 0; time < 20; time += 1) {
      const signature = await signer.sign(createHash("sha256").update(content).digest());
      expect(isSignature(content, signature)).toBe(true);
      expect(isSignature(Buffer.from("another"), signature)).toBe(false);
    }
  });

  it("leaves each run's signature beside its manifest", async () => {
    const store = memoryEvidenceStore();
    const signer = kmsManifestSigner(client, KEY_ID);
    await auditDays(store, threeDays(), { signer });
    const signatures = [...store.objects.keys()].filter((key) => key.endsWith(".sig"));
    expect(signatures.map((key) => key.replace(/.*\//, ""))).toEqual([
      "20260303T060000Z.json.sig",
      "20260304T060000Z.json.sig",
      "20260305T060000Z.json.sig",
    ]);
    const asked = {
      tenant: TENANT,
      range: ALWAYS,
      isSignature: signatureCheck(kms.publicKey),
      anchors: [],
      notedHead: null,
      nowMs: Date.now(),
      onProblem: () => {},
    };
    expect(await verifyTenant(store, asked)).toMatchObject({ runs: 3, problems: 0 });
  });

  it.each([
    ["AccessDeniedException", 400, "forbidden", /allow kms:Sign/],
    ["NotFoundException", 400, "not_found", /region/],
    ["InvalidKeyUsageException", 400, "invalid_location", /ECC_NIST_P256/],
    ["DisabledException", 400, "forbidden", /enable it/],
    ["KMSInternalException", 500, "unreachable", /try again/],
  ])("that answers %s says what to do", async (name, status, code, advice) => {
    kms.fault = { name, status };
    const signed = kmsManifestSigner(client, KEY_ID).sign(new Uint8Array(32));
    await expect(signed).rejects.toMatchObject({ name: "EvidenceStoreError", code });
    await expect(signed).rejects.toThrow(advice);
    await expect(signed).rejects.toThrow(KEY_ID);
  });

  it("that answers without a signature may be asked again", async () => {
    kms.fault = "unsigned";
    const signer = kmsManifestSigner(client, KEY_ID);
    await expect(signer.sign(new Uint8Array(32))).rejects.toMatchObject({ code: "unreachable" });
  });
});
