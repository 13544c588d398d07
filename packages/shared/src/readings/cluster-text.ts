/** K3s, containerd and Longhorn's needs on a node, in words. */
import type { SubjectBody } from "../api/node.ts";
import { formatIn, formatSince } from "../format.ts";
import { booleanField, numberField, textField, textsField } from "./fields.ts";
import { presentSubjects } from "./subjects.ts";
import { counted } from "./trouble.ts";

/** A certificate that ends within so long is told, in ms. K3s renews within 120 days of the end when it is restarted. */
const certificateSoonMs = 60 * 86_400_000;

/** The service: "server v1.33.6+k3s1 for 2 d 2 h, embedded etcd"; what it needs is said too. */
export function k3sText(k3s: SubjectBody, nowMs: number): string {
  const startedAtMs = numberField(k3s, "startedAtUnixMs");
  const isRunning = booleanField(k3s, "isRunning");
  const endsAtMs = numberField(k3s, "certificateExpiresAtUnixMs");
  const isCertificateSoon = endsAtMs !== undefined && endsAtMs - nowMs < certificateSoonMs;
  const since = startedAtMs === undefined || isRunning === false ? "" : formatSince(new Date(startedAtMs).toISOString(), nowMs);
  return [
    [textField(k3s, "role"), textField(k3s, "version"), since].filter((word) => word !== "").join(" "),
    isRunning === false ? "does not run" : "",
    booleanField(k3s, "isEmbeddedEtcd") === true ? "embedded etcd" : "",
    booleanField(k3s, "isRestartNeeded") === true ? "an upgrade waits for its restart" : "",
    booleanField(k3s, "isEnabled") === false ? "not started at boot" : "",
    isCertificateSoon ? `its certificate ends ${formatIn(new Date(endsAtMs).toISOString(), nowMs)}` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** A container runtime: "containerd 2.1.5-k3s1.33, for GPUs nvidia". */
export function runtimeText(runtime: SubjectBody): string {
  const gpuRuntimes = textsField(runtime, "gpuRuntimes");
  return [
    [textField(runtime, "name"), textField(runtime, "version")].filter((word) => word !== "").join(" "),
    booleanField(runtime, "isRunning") === false ? "does not run" : "",
    gpuRuntimes.length === 0 ? "" : `for GPUs ${gpuRuntimes.join(", ")}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** Something about Longhorn that needs a hand. */
export interface LonghornNeed {
  readonly key: string;
  readonly isError: boolean;
  /** The check, or the folder. */
  readonly place: string;
  readonly message: string;
  readonly remedy: string;
}

/** Checks that are not as they should be, and folders of which something is wrong, the gravest first. */
export function longhornNeeds(subjects: readonly SubjectBody[]): readonly LonghornNeed[] {
  const checks = presentSubjects(subjects, "longhorn_check").filter((check) => ["error", "warn"].includes(levelOf(check)));
  const needs = [...checks, ...presentSubjects(subjects, "longhorn_path")].map((need) => ({
    key: `${need.kind} ${need.id}`,
    isError: need.kind === "longhorn_path" || levelOf(need) === "error",
    place: need.id,
    message: textField(need, "message"),
    remedy: textField(need, "remedy"),
  }));
  return needs.sort((a, b) => Number(b.isError) - Number(a.isError));
}

/** How the checks came out: "3 checks fine, 1 warning, 1 error"; "" on a node that is none of Longhorn's. */
export function longhornText(subjects: readonly SubjectBody[]): string {
  const checks = subjects.filter((subject) => subject.kind === "longhorn_check" && subject.outcome !== "absent");
  const paths = presentSubjects(subjects, "longhorn_path").length;
  if (checks.length + paths === 0) return "";
  const count = (level: string): number => checks.filter((check) => levelOf(check) === level).length;
  const unknown = checks.filter((check) => check.outcome === "failed").length;
  return [
    count("info") === 0 ? "" : `${counted(count("info"), "check")} fine`,
    count("warn") === 0 ? "" : counted(count("warn"), "warning"),
    count("error") === 0 ? "" : counted(count("error"), "error"),
    unknown === 0 ? "" : `${unknown} could not be told`,
    paths === 0 ? "" : `${counted(paths, "folder")} with trouble`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function levelOf(check: SubjectBody): string {
  return check.outcome === "failed" ? "" : textField(check, "level");
}
