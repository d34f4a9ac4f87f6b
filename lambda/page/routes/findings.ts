import { SEVERITIES } from "../../domain/change.ts";
import { FINDING_STATUSES, type Finding } from "../../domain/finding.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { countFindings } from "../../evidence/query/open-findings.ts";
import { findingsOf } from "../../evidence/query/run-lines.ts";
import { stateFindings } from "../../evidence/state/findings.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";
import type { Answer, Asked } from "../answer.ts";
import { choiceOf, oneOf, pageOf, textOf } from "../ask.ts";
import { type FindingsFilter, findingsBody } from "../html/findings.ts";
import { readRuleTexts } from "../rule-texts.ts";
import { stateRun } from "./state-run.ts";

const MOST_SHOWN = 100;

/** `/findings?severity=high&rule=ID&status=open&organization=NAME&at=DATE&page=1`. Without a status: the open ones. */
export async function findings({ archive, query, signal }: Asked): Promise<Answer> {
  const runs = await archive.runs();
  const manifest = stateRun(runs, choiceOf(query, "at"));
  const layers = runs.layersAt(manifest);
  const rules = await readRuleTexts(archive.reader, layers);
  const filter: FindingsFilter = {
    severity: oneOf(query, "severity", SEVERITIES),
    rule: oneOf(query, "rule", rules.ids),
    status: query.has("status") ? oneOf(query, "status", FINDING_STATUSES) : "open",
    organization: textOf(query, "organization"),
  };
  const page = pageOf(query);
  const unjudged = layers.find(({ policy }) => policy === null) ?? null;
  const found: Finding[] = [];
  let left = (page - 1) * MOST_SHOWN;
  if (unjudged === null)
    for await (const finding of findingsOfState(archive.reader, layers)) {
      signal.throwIfAborted();
      if (!matches(finding, filter)) continue;
      if (left > 0) left -= 1;
      else if (found.push(finding) > MOST_SHOWN) break;
    }
  return {
    kind: "page",
    title: "Findings",
    current: "findings",
    body: findingsBody({
      at: textOf(query, "at"),
      filter,
      manifest,
      rules,
      counts: await countFindings(archive.reader, layers),
      findings: found.slice(0, MOST_SHOWN),
      page,
      hasMore: found.length > MOST_SHOWN,
      unjudged,
    }),
  };
}

/** Those of one run over the whole tenant are fetched ahead; in a state of several runs, each Organization has one of them. */
async function* findingsOfState(store: EvidenceReader, layers: readonly Manifest[]): AsyncGenerator<Finding> {
  const [only, ...others] = layers;
  if (only !== undefined && others.length === 0) yield* findingsOf(store, only);
  else
    for await (const { findings: all, organizationName } of stateFindings(store, layers))
      for (const finding of all) yield { ...finding, organizationName };
}

function matches(finding: Finding, { organization, rule, severity, status }: FindingsFilter): boolean {
  return (
    (severity === null || finding.severity === severity) &&
    (rule === null || finding.rule === rule) &&
    (status === null || finding.status === status) &&
    (organization === "" || finding.organizationId === organization || finding.organizationName === organization)
  );
}
