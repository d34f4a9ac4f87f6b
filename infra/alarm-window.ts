const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** CloudWatch looks back no further: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_WINDOW_SECONDS = 7 * DAY_SECONDS;

/** How an alarm sees that nothing ran within twice the interval. */
export type NotRunningWindow =
  | { readonly kind: "silence"; readonly periodSeconds: number; readonly periods: number }
  /** CloudWatch cannot look back so far: the runs themselves tell how old the last complete one is. */
  | { readonly kind: "age"; readonly limitSeconds: number };

/** `longestMs`: the longest time between two runs that the schedule allows. */
export function notRunningWindow(longestMs: number): NotRunningWindow {
  const seconds = (2 * longestMs) / 1000;
  if (seconds > LONGEST_WINDOW_SECONDS) return { kind: "age", limitSeconds: seconds };
  // One period of up to a day; beyond, periods of an hour, the shortest that may look back for a week.
  return seconds <= DAY_SECONDS
    ? { kind: "silence", periodSeconds: seconds, periods: 1 }
    : { kind: "silence", periodSeconds: HOUR_SECONDS, periods: Math.ceil(seconds / HOUR_SECONDS) };
}
