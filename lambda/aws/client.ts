/** How every client of the AWS SDK reaches its service. Without time limits of its own the SDK waits for ever. */
export const AWS_CLIENT_CONFIG = {
  /** Requests in all for one command, each after a longer wait. */
  maxAttempts: 5,
  requestHandler: {
    /** Milliseconds until the connection stands. */
    connectionTimeout: 5_000,
    /** Milliseconds until the answer's head has come, the upload included. */
    requestTimeout: 60_000,
    throwOnRequestTimeout: true,
    /** Milliseconds without a byte in either direction. */
    socketTimeout: 60_000,
  },
} as const;
