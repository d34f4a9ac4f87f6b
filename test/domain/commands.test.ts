import { describe, expect, it } from "@jest/globals";
import { asStarted, PROGRAM } from "../../lambda/domain/commands.ts";
import manifest from "../../package.json" with { type: "json" };

describe("a command in a text", () => {
  it.each([
    ["npm run evidence -- verify --in DIR", `${PROGRAM} evidence verify --in DIR`],
    ["npm run evidence --", `${PROGRAM} evidence`],
    ["read its report with npm run report.", `read its report with ${PROGRAM} report.`],
    ["npm start -- --domain acme.eu.auth0.com", `${PROGRAM} audit --domain acme.eu.auth0.com`],
    ["  npm start\n  npm start -- --help", `  ${PROGRAM}\n  ${PROGRAM} audit --help`],
    ["the npm startup", "the npm startup"],
  ])("%j is %j in the package", (text, packaged) => {
    expect(asStarted(text, true)).toBe(packaged);
  });

  it("is an npm script in the repository", () => {
    expect(asStarted("npm run evidence -- verify")).toBe("npm run evidence -- verify");
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(["start", "report", "evidence"]));
  });

  it("starts with the name of the package", () => {
    expect(PROGRAM).toBe(manifest.name);
  });
});
