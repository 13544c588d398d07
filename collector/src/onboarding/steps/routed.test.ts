import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import { aMachine, itsState } from "../test-support/a-machine.ts";
import { type MachineSays, toldOllama, wellMachine } from "../test-support/new-machine.ts";
import { routed } from "./routed.ts";

function judge(says: MachineSays): ReturnType<typeof routed.judge> {
  return routed.judge(aMachine({ node: itsState({ ...wellMachine(), ...says }) }), startMs);
}

describe("routed", () => {
  it("is passed by an Ollama that others reach, with address and models", () => {
    expect(judge({})).toEqual({
      ...{ kind: "passed", text: "others reach its Ollama, which has 1 model" },
      evidence: [
        { name: "addresses", value: "100.64.0.9:11434" },
        { name: "models", value: "granite4:3b" },
        { name: "version", value: "0.32.15" },
        { name: "GPUs", value: "1" },
      ],
    });
  });

  it("is not needed without Ollama, and without a GPU", () => {
    expect(judge({ ollama: { probe: "ollama", outcome: Outcome.ABSENT } })).toMatchObject({ kind: "not-needed" });
    expect(judge({ gpu: { probe: "gpu", things: [], whole: ["gpu", "gpu_status"] } })).toMatchObject({ kind: "not-needed" });
  });

  it("is blocked by an Ollama that does not run, or that nobody else reaches", () => {
    expect(judge({ ollama: toldOllama({ isRunning: false }) })).toMatchObject({
      obstacles: [{ code: "ollama-not-running", command: "systemctl start ollama.service" }],
    });
    expect(judge({ ollama: toldOllama({ isReached: false }) })).toMatchObject({
      obstacles: [{ code: "ollama-unreachable", text: expect.stringContaining("OLLAMA_LOOPBACK_ONLY") }],
    });
  });

  it("waits for what cannot be told now", () => {
    expect(judge({ ollama: { probe: "ollama", outcome: Outcome.FAILED, failure: "X" } })).toMatchObject({
      kind: "waiting",
      probes: ["ollama"],
    });
  });
});
