import * as v from "valibot";
import type { EventsReading, EventsStart, TenantEvent, TenantEvents } from "../auth0/port.ts";
import type { ConnectionId, OrganizationId, Timestamp } from "../domain/identifiers.ts";
import { parseInstant, timestamp } from "../domain/time.ts";
import { HintCollector, type HintSource, type Hints, type NoHints } from "./hints.ts";

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(50));
const organizationSchema = v.object({ id });
const associationSchema = v.object({ organization: v.object({ id }) });

/** The events that can change who can sign in, and what each of them is about. */
const SUBJECTS: Readonly<Record<string, "organization" | "association" | "connection">> = {
  "organization.created": "organization",
  "organization.updated": "organization",
  "organization.deleted": "organization",
  "organization.connection.added": "association",
  "organization.connection.updated": "association",
  "organization.connection.removed": "association",
  "connection.updated": "connection",
  "connection.deleted": "connection",
};

/** The types of events to ask for. */
export const EVENT_TYPES: readonly string[] = Object.keys(SUBJECTS);

/**
 * Hints from the tenant's events (scope `read:events`). They come at least once and in no order: for a hint, both are fine.
 */
export function eventHints(events: TenantEvents): HintSource {
  return {
    kind: "events",
    async read(place, since) {
      const start = startAt(place, since);
      const collector = new HintCollector();
      let unnamed = 0;
      const reading = await events.read(start, EVENT_TYPES, (event) => {
        if (!collect(event, collector)) unnamed += 1;
      });
      return hintsOf(reading, start.from, collector, unnamed);
    },
  };
}

/** False when the event does not name what it is about. */
function collect({ object, type }: TenantEvent, collector: HintCollector): boolean {
  const subject = SUBJECTS[type];
  const schema = subject === "association" ? associationSchema : organizationSchema;
  const parsed = v.safeParse(schema, object);
  if (!parsed.success) return false;
  const named = "organization" in parsed.output ? parsed.output.organization.id : parsed.output.id;
  if (subject === "connection") collector.connection(named as ConnectionId);
  else collector.organization(named as OrganizationId, subject === "organization");
  return true;
}

function hintsOf(reading: EventsReading, from: Timestamp, collector: HintCollector, unnamed: number): Hints | NoHints {
  if (!reading.ok) {
    const missing = reading.reason === "not_granted" ? "not_granted" : "unavailable";
    return { kind: "events", missing, because: `The tenant's events could not be read: ${reading.message}` };
  }
  const { because, gap, isCaughtUp, offset, startedAt } = reading;
  const lost = gap ?? (unnamed > 0 ? `${unnamed} events do not name an Organization or a connection.` : null);
  // What was not reached is not lost: it follows the offset. After a loss, the time starts again.
  const until = (isCaughtUp || lost !== null) && startedAt > from ? startedAt : from;
  return {
    kind: "events",
    ...collector.result,
    covers: { from, until },
    complete: lost === null,
    because: lost ?? because,
    place: JSON.stringify({ offset, until }),
  };
}

const placeSchema = v.object({
  offset: v.nullable(v.pipe(v.string(), v.minLength(1))),
  until: v.pipe(
    v.string(),
    v.transform(parseInstant),
    v.number(),
    v.transform((milliseconds) => timestamp(milliseconds)),
  ),
});

/** `from`: since when the reading covers the time. */
function startAt(place: string | null, since: Timestamp): EventsStart & { readonly from: Timestamp } {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), placeSchema), place);
  const { offset, until } = parsed.success ? parsed.output : { offset: null, until: since };
  return { offset, timestamp: until, from: until };
}
