import type { MessageInitShape } from "@bufbuild/protobuf";
import { type K3sSchema, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, type Said, severityIn } from "../test-support/judge-machine.ts";
import { k3sNotRunning } from "./k3s-not-running.ts";

type K3sInit = MessageInitShape<typeof K3sSchema>;

function said(value: K3sInit): Said {
  return { probe: "kubernetes", things: [{ kind: "k3s", value: { case: "k3s", value: { unit: "k3s.service", ...value } } }] };
}
const of = (...told: readonly Said[]) => severityIn(k3sNotRunning, judge(k3sNotRunning, machineThatSaid(...told)));
const down = { isRunning: false, isEnabled: true };

describe("k3sNotRunning", () => {
  it.each<{ name: string; value: K3sInit; expected: string }>([
    { name: "a server that does not run", value: { ...down, role: "server" }, expected: "high" },
    { name: "an agent that does not run", value: { ...down, role: "agent" }, expected: "medium" },
    { name: "one that runs", value: { isRunning: true, isEnabled: true, role: "server" }, expected: "clear" },
    { name: "one that somebody disabled", value: { isRunning: false, isEnabled: false }, expected: "clear" },
    { name: "one of which it is not known whether it is enabled", value: { isRunning: false }, expected: "clear" },
    { name: "one of which nothing is known", value: { isEnabled: true }, expected: "hold" },
  ])("says $expected of $name", ({ value, expected }) => {
    expect(of(said(value))).toBe(expected);
  });

  it("names the role and the unit", () => {
    expect(judge(k3sNotRunning, machineThatSaid(said({ ...down, role: "agent", unit: "k3s-agent.service" })))).toMatchObject([
      {
        text: "K3s (agent) does not run, though it is to be started at boot",
        action: expect.stringContaining("k3s-agent.service"),
      },
    ]);
  });

  it("ends when it runs, or is no longer installed, and holds what is old", () => {
    const gone: Said = { probe: "kubernetes", things: [{ kind: "k3s", outcome: Outcome.ABSENT }] };

    expect(of(said(down), said({ ...down, isRunning: true }))).toBe("clear");
    expect(of(said(down), gone)).toBe("clear");
    expect(severityIn(k3sNotRunning, judge(k3sNotRunning, machineThatSaid(said(down)), 3_600_000))).toBe("hold");
  });
});
