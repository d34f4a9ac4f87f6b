/**
 * Schedule expressions of EventBridge Scheduler, and the times between their runs:
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

/** The shortest and the longest time between two runs, in milliseconds, without daylight saving time. */
export interface ScheduleGaps {
  readonly shortestMs: number;
  readonly longestMs: number;
}

interface Field {
  readonly from: number;
  readonly to: number;
  /** Names for the numbers, starting at `from`. */
  readonly names?: readonly string[];
}
type DayTest = (day: Date) => boolean;

const RATE = /^rate\((?:(1) (minute|hour|day)|([2-9]|[1-9][0-9]{1,5}) (minute|hour|day)s)\)$/;
const CRON = /^cron\(([^()]+)\)$/;
const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const MINUTES: Field = { from: 0, to: 59 };
const HOURS: Field = { from: 0, to: 23 };
const DAYS: Field = { from: 1, to: 31 };
const MONTHS: Field = { from: 1, to: 12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ") };
const WEEKDAYS: Field = { from: 1, to: 7, names: "SUN MON TUE WED THU FRI SAT".split(" ") };
const YEARS: Field = { from: 1970, to: 2199 };
/** Eight years contain every weekday for every date that recurs each year, and two leap days. */
const FIRST_YEAR = 2024;
const YEARS_SEEN = 8;

/** Null if the expression is invalid or never runs. The years of a `cron` expression are checked and then ignored. */
export function scheduleGaps(expression: string): ScheduleGaps | null {
  const [, one, oneUnit, many, manyUnit] = RATE.exec(expression) ?? [];
  const unit = oneUnit ?? manyUnit;
  if (unit === "minute" || unit === "hour" || unit === "day") {
    const gapMs = Number(one ?? many) * UNIT_MS[unit];
    return { shortestMs: gapMs, longestMs: gapMs };
  }
  const fields = CRON.exec(expression)?.[1]?.split(" ") ?? [];
  const [minutes = "", hours = "", days = "", months = "", weekdays = "", years = ""] = fields;
  if (fields.length !== 6 || numbers(years, YEARS) === null) return null;
  const times = timesOfDay(numbers(hours, HOURS), numbers(minutes, MINUTES));
  const month = numbers(months, MONTHS);
  // Exactly one of the two day fields must be a question mark.
  const isDay = weekdays === "?" ? dayOfMonth(days) : days === "?" ? dayOfWeek(weekdays) : null;
  if (times === null || month === null || isDay === null) return null;
  return gaps(times, (day) => month.has(day.getUTCMonth() + 1) && isDay(day));
}

function gaps(times: readonly number[], isDay: DayTest): ScheduleGaps | null {
  const days: number[] = [];
  for (let at = Date.UTC(FIRST_YEAR); at < Date.UTC(FIRST_YEAR + YEARS_SEEN); at += UNIT_MS.day)
    if (isDay(new Date(at))) days.push(at);
  const between = (list: readonly number[]) => list.slice(1).map((value, index) => value - (list[index] ?? 0));
  const [first = 0] = times;
  const overnight = between(days).map((ms) => ms - ((times.at(-1) ?? 0) - first));
  const all = [...new Set([...between(times), ...overnight])];
  return all.length === 0 ? null : { shortestMs: Math.min(...all), longestMs: Math.max(...all) };
}

function timesOfDay(hours: ReadonlySet<number> | null, minutes: ReadonlySet<number> | null): readonly number[] | null {
  if (hours === null || minutes === null) return null;
  return [...hours]
    .flatMap((hour) => [...minutes].map((minute) => hour * UNIT_MS.hour + minute * UNIT_MS.minute))
    .sort((one, other) => one - other);
}

/** The numbers that a field matches: `*`, `5`, `MON-FRI`, `0/15`, or a list of these; null if it is invalid. */
function numbers(text: string, field: Field): ReadonlySet<number> | null {
  const named = new Set<number>();
  for (const item of text.split(",")) {
    const [, all, start = "", end, step = "1"] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item) ?? [];
    const isOpen = end === undefined && item.includes("/");
    const from = all === undefined ? number(start, field) : field.from;
    const to = all !== undefined || isOpen ? field.to : number(end ?? start, field);
    if (from === null || to === null || from > to || Number(step) === 0) return null;
    for (let value = from; value <= to; value += Number(step)) named.add(value);
  }
  return named;
}

function number(text: string, { from, to, names = [] }: Field): number | null {
  const name = names.indexOf(text.toUpperCase());
  if (name >= 0) return from + name;
  return /^\d{1,4}$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : null;
}

function lastOfMonth(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

function dayOfMonth(text: string): DayTest | null {
  if (text === "L") return (day) => day.getUTCDate() === lastOfMonth(day);
  const nearest = /^(\d{1,2})W$/.exec(text)?.[1];
  if (nearest !== undefined) {
    const wanted = number(nearest, DAYS);
    return wanted === null ? null : (day) => wanted <= lastOfMonth(day) && day.getUTCDate() === workday(day, wanted);
  }
  const days = numbers(text, DAYS);
  return days === null ? null : (day) => days.has(day.getUTCDate());
}

/** The weekday nearest to `wanted` in the month. */
function workday(day: Date, wanted: number): number {
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), wanted)).getUTCDay();
  if (weekday === 6) return wanted === 1 ? 3 : wanted - 1;
  if (weekday === 0) return wanted === lastOfMonth(day) ? wanted - 2 : wanted + 1;
  return wanted;
}

function dayOfWeek(text: string): DayTest | null {
  const weekday = (day: Date) => day.getUTCDay() + 1;
  const [, name = "", nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  const wanted = number(name || text.replace(/L$/i, ""), WEEKDAYS);
  if (nth !== undefined)
    return wanted === null ? null : (day) => weekday(day) === wanted && Math.ceil(day.getUTCDate() / 7) === Number(nth);
  if (/^\w+L$/i.test(text) && number(text, WEEKDAYS) === null)
    return wanted === null ? null : (day) => weekday(day) === wanted && day.getUTCDate() + 7 > lastOfMonth(day);
  const days = numbers(text === "L" ? "7" : text, WEEKDAYS);
  return days === null ? null : (day) => days.has(weekday(day));
}
