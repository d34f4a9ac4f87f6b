import { BUILT_IN_RULE_IDS, RULES, type Rule } from "../../lambda/findings/rules.ts";

const INTRODUCTION = `# Built-in rules

Each rule looks at the connections that an Organization has enabled now. It does not matter who enabled them, or when.
A [policy](policy.md) can turn rules off, change their severities, accept findings, and add rules of your own.

An Organization that could not be read is judged on its last observation.

| rule | severity | finds |
| --- | --- | --- |`;

/** docs/rules.md, made from the rules themselves. */
export function rulesPage(): string {
  const rules = BUILT_IN_RULE_IDS.map((id) => RULES[id]);
  const rows = rules.map((rule) => `| [\`${rule.id}\`](#${rule.id}) | ${severities(rule)} | ${rule.wrong} |`);
  return [INTRODUCTION, ...rows, "", rules.map(section).join("\n\n"), ""].join("\n");
}

function severities({ severity, worse }: Rule): string {
  return worse === undefined ? severity : `${severity}, ${worse.severity}`;
}

function section({ id, version, severity, title, wrong, why, remedy, source, worse }: Rule): string {
  return [
    `## ${id}`,
    `**${title}.** Version ${version}, severity ${severity}.`,
    wrong,
    ...(worse === undefined ? [] : [`Severity ${worse.severity}: ${worse.wrong}`]),
    `**Why it matters.** ${why}`,
    `**What to do.** ${remedy}`,
    `Auth0: <${source}>`,
  ].join("\n\n");
}
