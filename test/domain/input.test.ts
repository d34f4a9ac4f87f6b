import { describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "../../lambda/domain/errors.ts";
import { parseOrganizationFile, parseOrganizationIds } from "../../lambda/domain/organization-ids.ts";
import { parseDomain, tenantOf } from "../../lambda/domain/tenant.ts";

const A = "org_AAAAAAAAAAAAAAAA";
const B = "org_BBBBBBBBBBBBBBBB";

describe("a tenant's domain", () => {
  it("is a host in lower case, optionally with a port", () => {
    expect(parseDomain(" Acme.EU.auth0.com ", "--domain")).toBe("acme.eu.auth0.com");
    expect(tenantOf(parseDomain("localhost:8443", "--domain"))).toBe("localhost_8443");
  });

  it.each(["https://acme.eu.auth0.com/", "HTTPS://Acme.eu.auth0.com", "acme.eu.auth0.com/"])(
    "is understood as a browser shows it: %j",
    (text) => {
      expect(parseDomain(text, "--domain")).toBe("acme.eu.auth0.com");
    },
  );

  it.each([
    "http://acme.eu.auth0.com",
    "https://https://acme.eu.auth0.com",
    "https://acme.eu.auth0.com/login",
    "https://acme.eu.auth0.com//",
    "https://acme.eu.auth0.com?x=1",
    "https://",
    "acme.eu.auth0.com/api/v2",
    "user@acme.com",
    "acme..com",
    "-acme.com",
    "acme_corp.com",
    "acme.com:0",
    "acme.com:65536",
    "acme.com:",
    "",
    "a".repeat(260),
    "acme.com\nHost: evil",
  ])("is not %j: one line names the option", (text) => {
    expect(() => parseDomain(text, "--domain")).toThrow(ConfigurationError);
    expect(() => parseDomain(text, "--domain")).toThrow(/^--domain: [^\n]*$/);
  });
});

describe("a list of Organization IDs", () => {
  it("holds each ID once, sorted", () => {
    expect(parseOrganizationIds(`${B}, ${A},${B},`, "--organizations")).toEqual([A, B]);
  });

  it.each(["", " , ", "org_short", "acme", `${A};${B}`, "org_../../../etc/pass"])("is not %j", (text) => {
    expect(() => parseOrganizationIds(text, "--organizations")).toThrow(/^--organizations: [^\n]*$/);
  });

  it("is read from a file with comments, blank lines and any line ends", () => {
    const content = `\uFEFF# customers\r\n${B} # Bolt\r\n\r\n  ${A}\n${B}\n`;
    expect(parseOrganizationFile(content, "ids.txt")).toEqual([A, B]);
  });

  it("names the file and the line of what is no ID", () => {
    expect(() => parseOrganizationFile(`# one\n${A}\norg_oops\n`, "ids.txt")).toThrow(/^ids\.txt, line 3: "org_oops"/);
    expect(() => parseOrganizationFile(`${"x".repeat(500)}`, "ids.txt")).toThrow(/x…"/);
  });

  it("is not an empty file", () => {
    expect(() => parseOrganizationFile("# nothing yet\n", "ids.txt")).toThrow(/^ids\.txt: it names no Organization/);
  });
});
