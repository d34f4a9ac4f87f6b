/** What AWS allows a durable execution: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */

export const MOST_OPERATIONS = 3_000;
/** For the result of one step. */
export const MOST_RESULT_BYTES = 256 * 1024;
/** For all results together. */
export const MOST_WRITTEN_BYTES = 100 * 1024 * 1024;
