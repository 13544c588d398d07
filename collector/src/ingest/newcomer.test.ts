import type { status } from "@grpc/grpc-js";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createAdmission } from "./admission.ts";
import { type Newcomer, standInLine } from "./newcomer.ts";
import { createSessions } from "./sessions.ts";
import type { AgentStream } from "./stream.ts";

/** A line in which everybody waits, until the one who is greeted makes room. */
async function aLine() {
  const clock = new FakeClock();
  const admission = createAdmission({ clock, random: () => 0.5, limits: { maximumNewcomers: 1 } });
  const first = await admission.ask(new AbortController().signal);
  if (first.kind === "away") throw new Error("nobody was before it");
  const sessions = createSessions();
  const greeted: string[] = [];
  const ended: string[] = [];

  function come(name: string, node: string | undefined): void {
    const over = new AbortController();
    let newcomer: Newcomer | undefined;
    const leave = (): void => {
      over.abort();
      newcomer?.[Symbol.dispose]();
    };
    const stream: AgentStream = {
      ...{ peer: "10.0.0.1:1", pause: () => undefined, resume: () => undefined, send: () => true },
      end: leave,
      fail(_: status, details: string) {
        ended.push(`${name}: ${details}`);
        leave();
      },
    };
    const metrics = { streamRefused: () => undefined };
    const onTurn = (): void => void greeted.push(name);
    newcomer = standInLine({ admission, sessions, clock, metrics, stream, node, over: over.signal, onTurn });
  }

  return { admission, come, greeted, ended, makeRoom: () => first.place[Symbol.dispose]() };
}

describe("newcomers", () => {
  it("of one node have one place in line: the newest stream's", async () => {
    const { admission, come, greeted, ended, makeRoom } = await aLine();

    for (let index = 0; index < 50; index += 1) come(`${index}`, "neko");
    await settle();
    const waiting = admission.waiting;
    makeRoom();
    await settle();

    expect(waiting).toBe(1);
    expect(ended).toHaveLength(49);
    expect(greeted).toEqual(["49"]);
  });

  it("of different nodes, and those of whom nothing is known, wait beside each other", async () => {
    const { admission, come, ended } = await aLine();

    come("1", "neko");
    come("2", "siberian");
    come("3", undefined);
    come("4", undefined);
    await settle();

    expect(admission.waiting).toBe(4);
    expect(ended).toEqual([]);
  });
});
