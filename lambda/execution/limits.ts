/** What AWS allows a durable execution: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */

/** Steps, waits and retries. */
export const MOST_OPERATIONS = 3_000;
/** For the result of one step. */
export const MOST_RESULT_BYTES = 256 * 1024;
/** For all results together. */
export const MOST_WRITTEN_BYTES = 100 * 1024 * 1024;

/** Kept for retries. One costs two operations, a wait and a step: an outage of 6 hours takes 160. */
export const RETRY_OPERATIONS = 160;
/** Kept for the end of the run, whatever was retried before. */
export const LAST_OPERATIONS = 60;
