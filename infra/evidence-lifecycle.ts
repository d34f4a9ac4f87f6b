import { Duration } from "aws-cdk-lib";
import { type LifecycleRule, StorageClass } from "aws-cdk-lib/aws-s3";
import { KEY_PREFIX } from "../lambda/contract.ts";

/** What belongs to one run. It expires with its run. */
const EVIDENCE_OF_RUNS = [
  KEY_PREFIX.snapshots,
  KEY_PREFIX.changes,
  KEY_PREFIX.findings,
  KEY_PREFIX.operations,
  KEY_PREFIX.manifests,
  KEY_PREFIX.signatures,
];
/**
 * Evidence: its objects are created once and never replaced. A policy does not expire: it is stored once, by the first
 * run that it judges, and the manifests of years may name it.
 */
export const CREATE_ONLY_PREFIXES = [...EVIDENCE_OF_RUNS, KEY_PREFIX.policies];
/** Prefixes in the bucket for logs. */
export const ACCESS_LOG_PREFIX = "access/";
export const QUERY_RESULT_PREFIX = "athena/";

const ACCESS_LOG_DAYS = 400;
const QUERY_RESULT_DAYS = 30;
/** Reports are read in their first weeks, and they can be rendered again. */
const REPORT_TO_COLD_DAYS = 30;
/** Longer than any execution; each run writes its lock again. */
const STATE_DAYS = 60;
/** How long a replaced or expired object that is not evidence can be restored. */
const NONCURRENT_DAYS = 30;

const CLEAN_UP: LifecycleRule = {
  id: "CleanUp",
  abortIncompleteMultipartUploadAfter: Duration.days(1),
  expiredObjectDeleteMarker: true,
};

export function logsLifecycle(): readonly LifecycleRule[] {
  return [
    { id: "AccessLogs", prefix: ACCESS_LOG_PREFIX, expiration: Duration.days(ACCESS_LOG_DAYS) },
    { id: "QueryResults", prefix: QUERY_RESULT_PREFIX, expiration: Duration.days(QUERY_RESULT_DAYS) },
    { ...CLEAN_UP, noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS) },
  ];
}

export function evidenceLifecycle(retentionDays: number): readonly LifecycleRule[] {
  const kept = Duration.days(retentionDays);
  const isLong = retentionDays > REPORT_TO_COLD_DAYS;
  const transition = {
    storageClass: StorageClass.INFREQUENT_ACCESS,
    transitionAfter: Duration.days(REPORT_TO_COLD_DAYS),
  };
  return [
    ...EVIDENCE_OF_RUNS.map((prefix) => ({
      id: `Keep-${prefix.split("/")[1] ?? prefix}`,
      prefix,
      expiration: kept,
      // A version that someone replaced or deleted on its first day is evidence too, so it is kept as long.
      noncurrentVersionExpiration: kept,
    })),
    {
      id: "Reports",
      prefix: KEY_PREFIX.reports,
      expiration: kept,
      noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS),
      ...(isLong ? { transitions: [transition] } : {}),
    },
    {
      id: "State",
      prefix: KEY_PREFIX.state,
      expiration: Duration.days(STATE_DAYS),
      noncurrentVersionExpiration: Duration.days(1),
    },
    CLEAN_UP,
  ];
}
