import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type ServerSentEvent, ServerSentEventsParser } from "../../lambda/auth0/server-sent-events.ts";

function parse(chunks: readonly string[], mostCharacters = 1_000) {
  const events: ServerSentEvent[] = [];
  const retries: number[] = [];
  const parser = new ServerSentEventsParser({
    mostCharacters,
    onEvent: (event) => events.push(event),
    onRetry: (milliseconds) => retries.push(milliseconds),
  });
  for (const chunk of chunks) parser.feed(chunk);
  return { events, retries };
}

const one = (text: string, mostCharacters?: number) => parse([text], mostCharacters).events;

describe("the parser of server-sent events", () => {
  it("reads a stream as Auth0 sends it", () => {
    const stream = [
      ":connected\n\n",
      "retry: 3000\n\n",
      'event: organization.created\nid: o1\ndata: {"offset":"o1"}\n\n',
      'event: offset-only\nid: o2\ndata: {"offset":"o2"}\n\n',
    ];
    expect(parse(stream)).toEqual({
      events: [
        { event: "organization.created", id: "o1", data: '{"offset":"o1"}' },
        { event: "offset-only", id: "o2", data: '{"offset":"o2"}' },
      ],
      retries: [3000],
    });
  });

  it.each([
    ["joins lines of data", "data: a\ndata\ndata:  b\n\n", [{ event: "message", id: null, data: "a\n\n b" }]],
    ["keeps empty data", "data:\n\n", [{ event: "message", id: null, data: "" }]],
    ["keeps a colon in a value", "id: a:b\ndata:c:d\n\n", [{ event: "message", id: "a:b", data: "c:d" }]],
    ["ends lines with CRLF", "event: x\r\ndata: 1\r\n\r\n", [{ event: "x", id: null, data: "1" }]],
    ["ends lines with CR", "event: x\rdata: 1\r\r", [{ event: "x", id: null, data: "1" }]],
    [
      "ignores comments and unknown fields",
      ": hi\nname: x\n data: 2\ndata: 1\n\n",
      [{ event: "message", id: null, data: "1" }],
    ],
    ["ignores an ID with NUL", "id: a\0b\ndata: 1\n\n", [{ event: "message", id: null, data: "1" }]],
    ["ignores a message without data", "event: x\nid: 1\n\n", []],
    ["ignores a message that does not end", "data: 1\n", []],
    [
      "keeps nothing for the next message",
      "event: x\nid: 1\ndata: 1\n\ndata: 2\n\n",
      [
        { event: "x", id: "1", data: "1" },
        { event: "message", id: null, data: "2" },
      ],
    ],
  ])("%s", (_what, text, events) => {
    expect(one(text)).toEqual(events);
  });

  it.each(["retry: soon\n", "retry:\n", "retry: -1\n", "retry: 1e3\n", "retry: 12345678901\n"])(
    "ignores %j",
    (text) => {
      expect(parse([text]).retries).toEqual([]);
    },
  );

  it.each([
    ["one line", `event: x\nid: 7\ndata: ${"a".repeat(200)}\n\n`],
    ["many lines", `event: x\nid: 7\n${"data: aaaaaaaaaa\n".repeat(20)}\n`],
    ["data before the ID", `event: x\ndata: ${"a".repeat(200)}\nid: 7\n\n`],
  ])("drops data that is too long, and reads on: %s", (_what, text) => {
    const next = { event: "message", id: null, data: "1" };
    expect(one(`${text}data: 1\n\n`, 100)).toEqual([{ event: "x", id: "7", data: null }, next]);
  });

  it("accepts data of exactly the bound", () => {
    expect(one("data:12345\n\n", 10)).toEqual([{ event: "message", id: null, data: "12345" }]);
    expect(one("data:123456\n\n", 10)).toEqual([{ event: "message", id: null, data: null }]);
    expect(one("data:1234\ndata:5678\ndata:9\n\n", 10)).toMatchObject([{ data: null }]);
    expect(one("data:1234\ndata:5\n\n", 10)).toMatchObject([{ data: "1234\n5" }]);
  });

  const line = fc.oneof(
    fc.constantFrom("data: 1", "data", "event: x", "id: 7", ":connected", "retry: 10", "", "", "data: äöü😀"),
    fc.string({ maxLength: 30 }).map((text) => `data: ${text}`),
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")))
    .map((lines) => lines.map((parts) => parts.join("")).join(""));

  it("reads the same events, wherever the text is cut", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 0, max: 400 })), (text, places) => {
        const cuts = [0, ...places.filter((place) => place < text.length).sort((a, b) => a - b), text.length];
        const chunks = cuts.slice(1).map((cut, index) => text.slice(cuts[index], cut));
        expect(parse(chunks, 20)).toEqual(parse([text], 20));
        expect(
          parse(
            [...text].flatMap((letter) => letter.split("")),
            20,
          ),
        ).toEqual(parse([text], 20));
      }),
    );
  });
});
