/** What is wrong with K3s on a node, and with what Longhorn needs of it. */
import type { SubjectBody } from "../api/node.ts";
import { expiryLevel, expiryText } from "./expiry.ts";
import { booleanField, numberField, textField, textsField } from "./fields.ts";
import { presentSubjects } from "./subjects.ts";
import type { Trouble } from "./trouble.ts";

/** Of both. */
export function clusterTroubles(subjects: readonly SubjectBody[], nowMs: number): readonly Trouble[] {
  const checks = presentSubjects(subjects, "longhorn_check");
  const folders = checks.find(({ id }) => id === "disk-folders");
  const isOnRoot = folders !== undefined && textsField(folders, "folders").length > 0;
  const hasData = isOnRoot || presentSubjects(subjects, "longhorn_disk").length > 0;
  const isWithout = !hasData && folders !== undefined && booleanField(folders, "isLonghornHere") === false;
  return [
    ...presentSubjects(subjects, "k3s").flatMap((k3s) => k3sTroubles(k3s, nowMs)),
    ...presentSubjects(subjects, "longhorn_path").map((path) => ({
      ...{ level: "high" as const, place: path.id },
      text: textField(path, "message").replace(/\.$/, "") || textField(path, "problem").replaceAll("-", " "),
    })),
    ...(isWithout ? [] : checks.flatMap((check) => checkTroubles(check, hasData))),
  ];
}

function k3sTroubles(k3s: SubjectBody, nowMs: number): readonly Trouble[] {
  const place = "K3s";
  const isDown = booleanField(k3s, "isRunning") === false && booleanField(k3s, "isEnabled") === true;
  const endsAtMs = numberField(k3s, "certificateExpiresAtUnixMs");
  const isLeftOver = booleanField(k3s, "isRunning") === false && booleanField(k3s, "isEnabled") === false;
  const level = endsAtMs === undefined || isLeftOver ? undefined : expiryLevel(endsAtMs - nowMs);
  return [
    ...(isDown
      ? [
          {
            level: textField(k3s, "role") === "server" ? ("high" as const) : ("medium" as const),
            ...{ place, text: "it does not run, though it is to be started at boot" },
          },
        ]
      : []),
    ...(level === undefined || endsAtMs === undefined
      ? []
      : [{ level, place, text: `the certificate of its kubelet ${expiryText(endsAtMs - nowMs)}` }]),
    ...(booleanField(k3s, "isRestartNeeded") === true
      ? [{ level: "low" as const, place, text: "an upgrade waits for its restart" }]
      : []),
  ];
}

/** Where Longhorn keeps no data, what it lacks is worth knowing and no more. */
function checkTroubles(check: SubjectBody, hasData: boolean): readonly Trouble[] {
  const level = textField(check, "level");
  if (level !== "error" && level !== "warn") return [];
  const text = textField(check, "message").replace(/\.$/, "");
  return [{ level: level === "error" && hasData ? "medium" : "low", place: `Longhorn ${check.id}`, text }];
}
