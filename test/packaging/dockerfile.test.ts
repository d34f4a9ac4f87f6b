import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import manifest from "../../package.json" with { type: "json" };
import { copiedFiles, dockerfileProblems, instructionsIn } from "../support/dockerfile.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCKERFILE = readFileSync(join(ROOT, "Dockerfile"), "utf8");

describe("the Dockerfile", () => {
  it("follows the rules", () => {
    expect(dockerfileProblems(DOCKERFILE)).toEqual([]);
  });

  it.each([
    ["FROM gcr.io/distroless/nodejs24-debian13:nonroot", "FROM node:24"],
    ["debian13:nonroot", "debian13:latest"],
    ["debian13:nonroot", "debian13"],
    ["debian13:nonroot", "debian13:debug-nonroot"],
    ["USER 65532:65532", "USER nonroot"],
    ["USER 65532:65532", "USER 0"],
    ["USER 65532:65532", ""],
    ["USER 65532:65532", "USER 65532\nUSER 0:0"],
    ["ENTRYPOINT [", "ENTRYPOINT node ["],
    ["ENTRYPOINT [", "CMD ["],
    ["WORKDIR /tmp", "WORKDIR tmp"],
    ["WORKDIR /tmp", "WORKDIR /home/nonroot"],
    ["WORKDIR /tmp", ""],
    ["--chmod=0555", "--chmod=0444"],
    ["--chmod=0555 ", ""],
    ["dist/package/auditor.js", "."],
    ["dist/package/auditor.js", "lambda"],
    ["COPY ", "ADD "],
    ["USER 65532", "RUN id\nUSER 65532"],
    ["USER 65532", "ENV AUTH0_API_TOKEN=secret\nUSER 65532"],
    ["COPY ", "FROM scratch\nCOPY "],
  ])("would not follow the rules with %j as %j", (right, wrong) => {
    expect(DOCKERFILE).toContain(right);
    expect(dockerfileProblems(DOCKERFILE.replace(right, wrong))).not.toEqual([]);
  });

  it("copies the program and what belongs to it, and starts it as the npm scripts do", () => {
    const instructions = instructionsIn(DOCKERFILE);
    const copied = instructions.filter(({ name }) => name === "COPY").flatMap(copiedFiles);
    expect(copied.map((path) => path.replace("dist/package/", "")).sort()).toEqual([
      "LICENSES.txt",
      "auditor.js",
      "package.json",
    ]);
    const start = instructions.find(({ name }) => name === "ENTRYPOINT")?.value ?? "";
    const [flag = "no flag"] = /--max-semi-space-size=\d+/.exec(manifest.scripts.start) ?? [];
    expect(JSON.parse(start)).toEqual(["/nodejs/bin/node", flag, "/app/auditor.js"]);
  });

  it("gets nothing but the package from the build context", () => {
    const lines = readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n");
    const rules = lines.filter((line) => line !== "" && !line.startsWith("#"));
    expect(rules).toEqual(["*", "!dist", "dist/*", "!dist/package"]);
  });
});
