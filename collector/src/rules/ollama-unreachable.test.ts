import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, type Said, severityIn, type Thing } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { ollamaUnreachable } from "./ollama-unreachable.ts";
import { probeFailing } from "./probe-failing.ts";

const dayMs = 24 * 3_600_000;

function server(isRunning: boolean | undefined, unit = "ollama.service", isEnabled?: boolean): Thing {
  const running = isRunning === undefined ? {} : { isRunning };
  const enabled = isEnabled === undefined ? {} : { isEnabled };
  return { kind: "ollama_server", value: { case: "ollamaServer", value: { unit, ...running, ...enabled } } };
}
const endpoint = (failure?: string): Thing =>
  failure === undefined
    ? { kind: "ollama_endpoint", value: { case: "ollamaEndpoint", value: { addresses: ["192.0.2.7:11434"] } } }
    : { kind: "ollama_endpoint", failure };
const said = (...things: readonly Thing[]): Said => ({ probe: "ollama", things });
const of = (...told: readonly Said[]) => severityIn(ollamaUnreachable, judge(ollamaUnreachable, machineThatSaid(...told)));

function boots(shutdowns: number): Said {
  const value = {
    boots: Array.from({ length: shutdowns }, (_, day) => ({ endedAtUnixMs: BigInt(startMs - day * dayMs), wasShutDown: true })),
  };
  return { probe: "system", things: [{ kind: "boot_history", value: { case: "bootHistory", value } }] };
}

describe("ollamaUnreachable", () => {
  it("tells of a server that is installed and does not run, once", () => {
    const node = machineThatSaid({ ...said(server(false), { kind: "ollama_endpoint", outcome: Outcome.ABSENT }) });

    expect(judge(ollamaUnreachable, node)).toMatchObject([
      { kind: "raise", text: "Ollama does not run, though ollama.service is installed" },
      { kind: "clear" },
    ]);
    expect(of(said(server(false)))).toBe("medium");
    expect(judge(probeFailing, node)).toMatchObject([{ kind: "clear" }]);
  });

  it("tells it quietly of a machine that is switched on and off as it is needed", () => {
    expect(of(boots(3), said(server(false)))).toBe("low");
    expect(of(boots(2), said(server(false)))).toBe("medium");
  });

  it("says nothing of one that runs, that nobody installed as a service, and of which it is not known", () => {
    expect(of(said(server(true)))).toBe("clear");
    expect(of(said(server(false, "")))).toBe("clear");
    expect(of(said(server(false, "ollama.service", false)))).toBe("clear"); // started by whoever wants it
    expect(of(said(server(false, "ollama.service", true)))).toBe("medium");
    expect(of(said(server(undefined)))).toBe("hold");
  });

  it("tells quietly of one that only its own machine reaches, with what to do", () => {
    const node = machineThatSaid(said(endpoint("OLLAMA_LOOPBACK_ONLY")));

    expect(judge(ollamaUnreachable, node)).toMatchObject([
      { severity: "low", action: expect.stringContaining("OLLAMA_HOST"), evidence: [{ value: "OLLAMA_LOOPBACK_ONLY" }, {}] },
    ]);
    expect(judge(probeFailing, node)).toMatchObject([{ kind: "clear" }]);
    expect(of(said(endpoint("OLLAMA_LOOPBACK_ONLY")), said(endpoint()))).toBe("clear");
    expect(of(said(endpoint("HOST_READ_FAILED")))).toBe("hold");
  });

  it("concludes nothing from what is old", () => {
    expect(severityIn(ollamaUnreachable, judge(ollamaUnreachable, machineThatSaid(said(server(false))), dayMs))).toBe("hold");
  });
});
