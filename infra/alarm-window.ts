const HOUR_SECONDS = 3_600;
/** CloudWatch looks back 7 days at most: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_WINDOW_HOURS = 7 * 24;

/** How an alarm detects that no run was recorded within twice the interval. */
export type NotRunningWindow =
  | { readonly kind: "silence"; readonly hours: number }
  /** CloudWatch cannot look back that far: each run reports the age of the last complete one. */
  | { readonly kind: "age"; readonly limitSeconds: number };

/** `longestMs`: the longest time between two runs of the schedule, in milliseconds. */
export function notRunningWindow(longestMs: number): NotRunningWindow {
  const hours = silentHours(longestMs);
  return hours > LONGEST_WINDOW_HOURS
    ? { kind: "age", limitSeconds: (2 * longestMs) / 1000 }
    : { kind: "silence", hours };
}

/** The hours without a run that are twice the longest time between two runs, which is in milliseconds. */
export function silentHours(longestMs: number): number {
  // One hour more: the datapoint of the newest hour can still be missing.
  return Math.ceil((2 * longestMs) / 1000 / HOUR_SECONDS) + 1;
}
