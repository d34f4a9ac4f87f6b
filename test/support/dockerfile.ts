/** One instruction of a Dockerfile. */
interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** Instructions in their order, without comments. A line that ends with `\` goes on in the next one. */
export function instructionsIn(dockerfile: string): readonly Instruction[] {
  return dockerfile
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.trim().startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .map((line) => {
      const [name = "", ...value] = line.trim().split(/\s+/);
      return { name: name.toUpperCase(), value: value.join(" ") };
    });
}

/** The files that a COPY instruction takes from the build context. */
export function copiedFiles({ value }: Instruction): readonly string[] {
  return value
    .split(" ")
    .filter((word) => !word.startsWith("--"))
    .slice(0, -1);
}

const ALLOWED = ["FROM", "COPY", "USER", "WORKDIR", "ENTRYPOINT", "LABEL"];

/** What is wrong with a Dockerfile of an image that runs one file: a line for each problem, none when it is right. */
export function dockerfileProblems(dockerfile: string): readonly string[] {
  const instructions = instructionsIn(dockerfile);
  const values = (name: string) => instructions.filter((one) => one.name === name).map(({ value }) => value);
  const [base = "", ...otherBases] = values("FROM");
  const rules: readonly (readonly [isRight: boolean, problem: string])[] = [
    [instructions.every(({ name }) => ALLOWED.includes(name)), `an instruction other than ${ALLOWED.join(", ")}`],
    [instructions[0]?.name === "FROM" && otherBases.length === 0, "not exactly one FROM, first"],
    [/^gcr\.io\/distroless\/nodejs\d+-debian\d+(?::|@sha256:)\S+$/.test(base), "a base that is not distroless Node.js"],
    [!/:(?:latest|debug\S*)?$/.test(base), "a base without a tag, or with one for trying out"],
    [/^[1-9]\d*(?::[1-9]\d*)?$/.test(values("USER").at(-1) ?? ""), "a user that is not a number, or is root"],
    [values("ENTRYPOINT").length === 1 && values("ENTRYPOINT").every(isExecForm), "an ENTRYPOINT that needs a shell"],
    [values("WORKDIR").at(-1) === "/tmp", "a WORKDIR that not every user may write to"],
    // Docker 28.1 and newer give the mode of the files to a new folder too.
    [values("COPY").every((value) => /^--chmod=0[57]55 /.test(value)), "a COPY whose folder not every user may enter"],
    [
      instructions.filter(({ name }) => name === "COPY").every((copy) => copiedFiles(copy).every(isPackaged)),
      "a COPY of something other than files of the package",
    ],
  ];
  return rules.filter(([isRight]) => !isRight).map(([, problem]) => problem);
}

function isExecForm(value: string): boolean {
  try {
    const words: unknown = JSON.parse(value);
    return Array.isArray(words) && words.every((word) => typeof word === "string");
  } catch {
    return false;
  }
}

function isPackaged(path: string): boolean {
  return /^dist\/package\/[A-Za-z.]+$/.test(path);
}
