import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const PARSER = join(import.meta.dirname, "parse-aws-commands.py");
const hasAwsCli = spawnSync("python3", ["-c", "import awscli"]).status === 0;
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The commands of the AWS CLI on a page; those of `aws s3` have no models. */
function commandsOf(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), "utf8").replaceAll(/ ?\\\n\s*/g, " ");
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block);
  const inline = [...text.matchAll(/`(aws [^`]+)`/g)].map(([, command = ""]) => `${command.replaceAll(/\s+/g, " ")}\n`);
  // Arithmetic of the shell has parentheses of its own.
  const script = [...blocks, ...inline].join("\n").replaceAll(/"\$\(\(.*?\)\)"/g, "0");
  return [...script.matchAll(/\baws (?!s3 )[a-z0-9]+ [a-z-]+ [^|)\n>]*/g)].map(([command]) => command.trim());
}

/** The words of a command after `aws`. */
function argumentsOf(command: string): readonly string[] {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, ...parts]) => parts.find(Boolean) ?? "");
  // The files exist for the reader only.
  return words.slice(1).map((word) => (word.startsWith("file://") ? "{}" : word));
}

const commands = PAGES.flatMap(commandsOf);

it("the pages have commands of the AWS CLI", () => {
  expect(commands.length).toBeGreaterThan(10);
});

(hasAwsCli ? it : it.skip)(
  "the AWS CLI knows each documented command and option (needs python3 with awscli)",
  () => {
    const { status, stdout, stderr } = spawnSync("python3", [PARSER], {
      input: JSON.stringify(commands.map(argumentsOf)),
      env: { ...process.env, AWS_DEFAULT_REGION: "eu-central-1", AWS_PAGER: "" },
      encoding: "utf8",
    });
    const statuses: readonly unknown[] = status === 0 ? JSON.parse(stdout) : [];
    const refused = commands.filter((_, index) => statuses[index] !== 0);
    expect({ refused, stderr: refused.length === 0 ? "" : stderr }).toEqual({ refused: [], stderr: "" });
  },
  120_000,
);
