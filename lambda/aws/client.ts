/** Configuration of every client of the AWS SDK, which has no time limits by default. */
export const AWS_CLIENT_CONFIG = {
  /** Requests for one command, the first one included. */
  maxAttempts: 5,
  requestHandler: {
    /** Milliseconds until the connection is open. */
    connectionTimeout: 5_000,
    /** Milliseconds until the head of the answer arrives, the upload included. */
    requestTimeout: 60_000,
    throwOnRequestTimeout: true,
    /** Milliseconds without a byte in either direction. */
    socketTimeout: 60_000,
  },
} as const;
