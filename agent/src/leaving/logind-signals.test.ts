import { GoodbyeReason } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { parseLogindSignal } from "./logind-signals.ts";

/** As busctl of systemd 252 printed it. */
function line(member: string, type: string, data: readonly unknown[]): string {
  const common = { endian: "l", flags: 1, version: 1, cookie: 2, sender: ":1.1", path: "/org/freedesktop/login1" };
  return JSON.stringify({
    type: "signal",
    ...common,
    interface: "org.freedesktop.login1.Manager",
    member,
    payload: { type, data },
  });
}

function withMetadata(begins: boolean, type: string): string {
  return line("PrepareForShutdownWithMetadata", "ba{sv}", [begins, { type: { type: "s", data: type } }]);
}

describe("parseLogindSignal", () => {
  it.each([
    { text: line("PrepareForSleep", "b", [true]), says: { kind: "going", reason: GoodbyeReason.SUSPEND } },
    { text: line("PrepareForSleep", "b", [false]), says: { kind: "staying" } },
    { text: withMetadata(true, "reboot"), says: { kind: "going", reason: GoodbyeReason.REBOOT } },
    { text: withMetadata(true, "kexec"), says: { kind: "going", reason: GoodbyeReason.REBOOT } },
    { text: withMetadata(true, "soft-reboot"), says: { kind: "going", reason: GoodbyeReason.REBOOT } },
    { text: withMetadata(true, "power-off"), says: { kind: "going", reason: GoodbyeReason.SHUTDOWN } },
    { text: withMetadata(true, "halt"), says: { kind: "going", reason: GoodbyeReason.SHUTDOWN } },
    { text: withMetadata(true, "of-tomorrow"), says: { kind: "going down" } },
    { text: withMetadata(false, "reboot"), says: { kind: "staying" } },
    { text: line("PrepareForShutdown", "b", [true]), says: { kind: "going down" } },
    { text: line("PrepareForShutdown", "b", [false]), says: { kind: "staying" } },
  ])("reads $text", ({ text, says }) => {
    expect(parseLogindSignal(text)).toEqual(says);
  });

  it.each([
    line("SessionNew", "so", ["1", "/org/freedesktop/login1/session/_31"]),
    '{"type":"method_call","member":"PrepareForSleep","payload":{"type":"b","data":[true]}}',
    '{"type":"signal","member":"PrepareForSleep"}',
    "Monitoring bus message stream.",
    "null",
    "[]",
    "",
  ])("leaves out what concerns it not: %s", (text) => {
    expect(parseLogindSignal(text)).toBeUndefined();
  });
});
