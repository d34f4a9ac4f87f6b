import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { diffOrganization } from "../../../lambda/changes/difference.ts";
import { EvidenceError } from "../../../lambda/domain/errors.ts";
import { decodeChange, decodeSnapshot, encodeChange, encodeSnapshot } from "../../../lambda/evidence/format/lines.ts";
import { decodeManifest, encodeManifest } from "../../../lambda/evidence/format/manifest.ts";
import { enabledConnections } from "../../support/arbitraries.ts";
import { AT_2, COMPARISON, carried, connection, deleted, failed, observed, RUN_2 } from "../../support/builders.ts";
import { SITUATIONS } from "../../support/situations.ts";

const SAML = connection("1", "samlp");

function problem(work: () => unknown): EvidenceError {
  try {
    work();
  } catch (error) {
    if (error instanceof EvidenceError) return error;
  }
  throw new Error("No EvidenceError was thrown.");
}

describe("a snapshot line", () => {
  it("is written in the contract's order of keys", () => {
    expect(encodeSnapshot(observed("1", [SAML]))).toBe(
      '{"run_id":"20260303T060000Z","organization_id":"org_0000000000000001","organization_name":"acme","organization_display_name":"Acme","status":"observed","observed_at":"2026-03-03T06:00:07.000Z","enabled_connections":[{"connection_id":"con_0000000000000001","assign_membership_on_login":false,"show_as_button":true,"is_signup_enabled":false,"connection":{"name":"samlp-1","strategy":"samlp"}}],"failure":null,"last_observed":null}\n',
    );
  });

  it("is read back as what it was written from", () => {
    const lines = enabledConnections.chain((connections) =>
      fc.constantFrom(
        observed("1", connections),
        deleted("1"),
        failed("1", carried(observed("1", connections))),
        failed("1", null, { firstReading: "enables_connections" }),
      ),
    );
    fc.assert(fc.property(lines, (line) => expect(decodeSnapshot(encodeSnapshot(line), "line")).toEqual(line)));
  });

  it.each([
    ["{", /line 3: it is not JSON/],
    ["{}", /line 3: \$\.run_id/],
    [
      encodeSnapshot(observed("1", [SAML])).replace('"is_signup_enabled":false', '"is_signup_enabled":"no"'),
      /\$\.enabled_connections\.0\.is_signup_enabled/,
    ],
    [encodeSnapshot(failed("1", null)).replace(/"failure":\{[^}]*\}/, '"failure":null'), /\$\.failure/],
    ["7", /line 3: \$ /],
  ])("that is none is refused with its JSON path: %s", (text, message) => {
    expect(problem(() => decodeSnapshot(text, "line 3"))).toMatchObject({
      code: "malformed",
      message: expect.stringMatching(message),
    });
  });
});

it("a change line is read back as what it was written from", () => {
  fc.assert(
    fc.property(enabledConnections, enabledConnections, (before, after) => {
      const now = { runId: RUN_2, observedAt: AT_2, name: "renamed" };
      for (const change of diffOrganization(observed("1", before), observed("1", after, now), COMPARISON))
        expect(decodeChange(encodeChange(change), "line")).toEqual(change);
    }),
  );
});

describe("a manifest", () => {
  const manifests = Object.entries(SITUATIONS).map(([name, { manifest }]) => [name, manifest] as const);

  it.each(manifests)(
    "of the situation %s is one line, and read back as what it was written from",
    (_name, manifest) => {
      const text = encodeManifest(manifest);
      expect(text.match(/\n/g)).toHaveLength(1);
      expect(decodeManifest(text, "manifest")).toEqual(manifest);
    },
  );

  const text = encodeManifest(manifests[0]?.[1] ?? SITUATIONS.unchanged?.manifest ?? raise());

  it("keeps the files in their order", () => {
    const [, manifest] = manifests[0] ?? raise();
    const file = {
      role: "snapshot",
      key: manifest.key,
      rows: 1,
      bytes: 2,
      sha256: "0".repeat(64),
      stored: { bytes: 3, sha256: "1".repeat(64) },
      firstOrganizationId: "org_1",
      lastOrganizationId: null,
    };
    const parsed = decodeManifest(encodeManifest({ ...manifest, files: [file as never] }), "manifest");
    expect(parsed.files).toEqual([file]);
  });

  it("of a later minor version is read: what it adds is ignored", () => {
    const later = text.replace('"format_version":"1.1"', '"format_version":"1.7","later":[1]');
    expect(decodeManifest(later, "manifest").formatVersion).toBe("1.7");
  });

  it("of a later major version is refused", () => {
    const later = text.replace('"format_version":"1.1"', '"format_version":"2.0"');
    expect(problem(() => decodeManifest(later, "manifest")).code).toBe("newer_format");
  });

  it.each(["", "[]", text.slice(0, -20), text.replaceAll(RUN_2, "now")])(
    "that is cut off or none is refused: %#",
    (broken) => {
      expect(problem(() => decodeManifest(broken, "manifest")).code).toBe("malformed");
    },
  );
});

function raise(): never {
  throw new Error("A situation is missing.");
}
