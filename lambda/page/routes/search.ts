import { moment } from "../../domain/text.ts";
import { namedAnyTime } from "../../evidence/query/find-organization.ts";
import { searchState } from "../../evidence/query/search.ts";
import { markup } from "../../report/html/markup.ts";
import type { Answer, Asked } from "../answer.ts";
import { lastSnapshot } from "../archive.ts";
import { choiceOf, textOf } from "../ask.ts";
import { searchBody, searchForm } from "../html/search.ts";
import { address } from "../links.ts";

const MOST_FOUND = 50;

/** `/search?q=TEXT&at=DATE`. An exact name or ID leads to its page at once. */
export async function search({ archive, query, signal }: Asked): Promise<Answer> {
  const text = textOf(query, "q");
  const at = textOf(query, "at");
  // A bad date is reported before anything is searched.
  choiceOf(query, "at");
  if (text === "")
    return {
      kind: "page",
      title: "Search",
      current: "search",
      body: markup`<h1 class="subject">Search</h1>${searchForm("", at)}`,
    };
  const runs = await archive.runs();
  const last = lastSnapshot(runs);
  const found = await searchState(archive.reader, last === null ? [] : runs.layersAt(last), {
    text,
    most: MOST_FOUND,
    signal,
  });
  const isPast = query.get("past") === "yes";
  const [only, another] = found.organizations.filter((one) =>
    [one.organizationId, one.organizationName, one.organizationDisplayName].includes(text),
  );
  if (only !== undefined && another === undefined && !isPast)
    return { kind: "redirect", to: address(["organizations", only.organizationId], { at }) };
  const [connection, other] = found.connections.filter(({ connectionId, name }) => [connectionId, name].includes(text));
  if (connection !== undefined && other === undefined && only === undefined && !isPast)
    return { kind: "redirect", to: address(["connections", connection.connectionId], { at }) };
  return {
    kind: "page",
    title: `Search: ${text}`,
    body: searchBody({ text, at, found, past: isPast ? await pastOf() : null }),
  };

  async function pastOf() {
    const all = await namedAnyTime(archive.reader, runs, text);
    return all.map(({ displayName, from, name, organizationId, until }) => ({
      organizationId,
      text: `${displayName || name || organizationId}${from === null ? "" : ` from ${moment(from)}`}${until === null ? "" : ` until ${moment(until)}`}`,
    }));
  }
}
