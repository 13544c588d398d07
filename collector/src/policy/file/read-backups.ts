/** `backups` of a policy file. What is left out is as in `before`. */
import type { BackupPolicy } from "../policy.ts";
import { problemOfObjectName } from "./key-syntax.ts";
import { BackupsEntry, keysOf } from "./policy-file.ts";
import type { ProblemSheet } from "./problem-sheet.ts";
import { readDuration } from "./read-duration.ts";
import { readList } from "./read-list.ts";
import { givenEntries } from "./yaml-given.ts";
import type { YamlValue } from "./yaml-values.ts";

/** Each is asked for by itself, again and again. */
const maximumObjects = 64;
/** Nothing is made more often, and who keeps none for a year keeps none. */
const limits = { leastMs: 60_000, mostMs: 366 * 86_400_000 };

/** Reads it. */
export function readBackups(value: YamlValue, before: BackupPolicy, sheet: ProblemSheet): BackupPolicy {
  const entries = givenEntries(value, keysOf(BackupsEntry), sheet);
  const [cronJobs, deployments, age] = ["cronJobs", "deployments", "maximumAge"].map((key) => entries.get(key));
  const objects = { maximum: maximumObjects, problemOf: problemOfObjectName };
  return {
    cronJobs: cronJobs === undefined ? before.cronJobs : readList(cronJobs, objects, sheet),
    deployments: deployments === undefined ? before.deployments : readList(deployments, objects, sheet),
    maximumAgeMs: (age && readDuration(age, limits, sheet)) ?? before.maximumAgeMs,
  };
}
