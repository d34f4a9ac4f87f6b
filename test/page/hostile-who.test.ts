import { describe, expect, it } from "@jest/globals";
import { plain } from "../../lambda/domain/text.ts";
import { changesBody } from "../../lambda/page/html/changes.ts";
import { temporaryList } from "../../lambda/page/html/temporary.ts";
import { whoSummary } from "../../lambda/page/who-summary.ts";
import { attributed } from "../../lambda/report/operation-block.ts";
import { whoText } from "../../lambda/report/text/who.ts";
import { UndoneBuilder } from "../../lambda/report/undone.ts";
import { COVERED, changed, enabling, minute } from "../support/operations.ts";
import { HOSTILE } from "../support/situations.ts";

/** Elements that the pages have, in lists of changes. */
const OWN =
  /<\/?(?:a|b|bdi|button|code|dl|form|h1|h2|input|label|li|nav|option|p|section|select|span|ul)(?=[\s>])[^<>]*>/g;

function someone(name: string) {
  const actor = { kind: "user", id: name, name, email: name } as const;
  return enabling("log-1", minute(2), "1", { actor, clientName: name, ip: name, userAgent: name, channel: name });
}

describe.each(HOSTILE)("someone named %j", (name) => {
  it("is text in a list of temporary changes", () => {
    const change = changed("connection_enabled", { organizationName: name, connectionName: name });
    const builder = new UndoneBuilder();
    builder.add({ ...someone(name), effect: "undone", undone: [{ undoneBy: null, change }] });
    const { text } = temporaryList(builder.build().shown, { isNamed: true });
    expect(text.replaceAll(OWN, "")).not.toMatch(/[<>]/);
    expect(text).toContain("Made by <bdi>");
  });

  it("is text in a list of changes", () => {
    const change = changed("connection_enabled", { organizationName: name, connectionName: name });
    const who = whoText(attributed(change, [someone(name)], COVERED));
    expect(who).toBe(plain(who));
    const { text } = changesBody({
      since: name,
      until: "",
      severity: null,
      organization: name,
      page: 1,
      temporary: { undone: new UndoneBuilder().build(), unreadRuns: 0 },
      who: whoSummary([]),
      changes: [{ change, who }],
      hasMore: true,
      total: null,
      runs: 1,
      unreadRuns: 0,
      uncovered: [],
    });
    expect(text.replaceAll(OWN, "")).not.toMatch(/[<>]/);
    expect(text).toMatch(/<p class="who"><bdi>By .+\((certain|likely)\)/);
  });
});
