/**
 * What systemd-logind says before the machine goes to sleep or goes down, as `busctl --json=short monitor` prints it. Pure.
 * Source: org.freedesktop.login1(5). The signal with metadata exists since systemd 255 and comes before the one without.
 */
import { GoodbyeReason } from "@nodekeeper/proto";

/** What is about to happen, or is over. */
export type LogindSignal =
  | { readonly kind: "going"; readonly reason: GoodbyeReason }
  /** It goes down, and this logind does not say whether it comes up again. */
  | { readonly kind: "going down" }
  /** It is awake again, or stays after all. */
  | { readonly kind: "staying" };

/** Reads a line; undefined for what concerns us not. */
export function parseLogindSignal(line: string): LogindSignal | undefined {
  const message = parseJson(line);
  const data = isRecord(message) && isRecord(message["payload"]) ? message["payload"]["data"] : undefined;
  if (!isRecord(message) || message["type"] !== "signal" || !Array.isArray(data)) return undefined;
  const [isBeginning, metadata]: readonly unknown[] = data;
  switch (message["member"]) {
    case "PrepareForSleep":
      return isBeginning === true ? { kind: "going", reason: GoodbyeReason.SUSPEND } : { kind: "staying" };
    case "PrepareForShutdownWithMetadata":
      return isBeginning === true ? goingBy(typeOf(metadata)) : { kind: "staying" };
    case "PrepareForShutdown":
      return isBeginning === true ? { kind: "going down" } : { kind: "staying" };
    default:
      return undefined;
  }
}

/** Which reason a way of going down is; undefined for one that is not known. */
export function shutdownReason(way: string): GoodbyeReason | undefined {
  switch (way) {
    case "reboot":
    case "kexec":
    case "soft-reboot":
      return GoodbyeReason.REBOOT;
    case "poweroff":
    case "power-off":
    case "halt":
      return GoodbyeReason.SHUTDOWN;
    default:
      return undefined;
  }
}

function goingBy(way: string): LogindSignal {
  const reason = shutdownReason(way);
  return reason === undefined ? { kind: "going down" } : { kind: "going", reason };
}

function typeOf(metadata: unknown): string {
  const type = isRecord(metadata) && isRecord(metadata["type"]) ? metadata["type"]["data"] : undefined;
  return typeof type === "string" ? type : "";
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // busctl prints no other line on its standard output
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
