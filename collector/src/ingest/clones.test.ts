import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createClones } from "./clones.ts";
import { createProgressTable } from "./progress.ts";
import { createSessions, type Session } from "./sessions.ts";

const minuteMs = 60_000;

function aSession(overrides: Partial<Session>): Session {
  const nothing = (): void => undefined;
  return {
    ...{ node: "neko", machineId: "1111", bootId: "boot-1", peer: "10.0.0.1:1", heardAtMs: 0 },
    identity: { kind: "enrolled", node: overrides.node ?? "neko", credentialId: "id" },
    progress: createProgressTable().of("neko", "epoch-1"),
    ...{ send: nothing, pause: nothing, resume: nothing, onCommitted: nothing, onNextWord: nothing, replace: nothing },
    ...overrides,
  };
}

function someClones() {
  const clock = new FakeClock();
  const sessions = createSessions();
  const said: string[] = [];
  const reports = { cloned: (node: string, who: string) => void said.push(`${node}: ${who}`) };
  return { clock, sessions, said, clones: createClones({ sessions, reports, clock }) };
}

describe("clones", () => {
  it("are two that push each other out by turns, though all that they say of themselves is the same", async () => {
    const { clock, said, clones } = someClones();
    const here = aSession({ peer: "10.0.0.1:1" });
    const there = aSession({ peer: "10.0.0.2:1" });

    for (let turn = 0; turn < 6; turn += 1) {
      await clock.advance(minuteMs);
      clones.replaced(turn % 2 === 0 ? here : there, turn % 2 === 0 ? there : here);
    }

    expect(said).toEqual(["neko: boot boot-1 at 10.0.0.2 and at 10.0.0.1 by turns"]);
  });

  it("are none where a machine moves now and then, or comes back from where it was", async () => {
    const { clock, said, clones } = someClones();
    for (let hour = 0; hour < 24; hour += 1) {
      await clock.advance(60 * minuteMs);
      clones.replaced(aSession({ peer: `10.0.0.${hour}:1` }), aSession({ peer: `10.0.0.${hour + 1}:1` }));
    }
    for (let port = 0; port < 24; port += 1)
      clones.replaced(aSession({ peer: `10.0.0.1:${port}` }), aSession({ peer: "10.0.0.1:99" }));

    expect(said).toEqual([]);
  });

  it("are two that want one name: a machine is replaced and put back, and not once more within the hour", async () => {
    const { clock, clones } = someClones();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(clones.isContested("neko")).toBe(false);
      await clock.advance(5 * minuteMs);
      clones.tookName("neko");
    }

    expect(clones.isContested("neko")).toBe(true);
    expect(clones.isContested("bobcat")).toBe(false);
    await clock.advance(55 * minuteMs);
    clones.lookAtAll();
    expect(clones.isContested("neko")).toBe(false);
  });

  it("are machines with one machine-id under two names, for as long as both are connected", () => {
    const { sessions, said, clones } = someClones();
    const neko = aSession({});
    const siberian = aSession({ node: "siberian", bootId: "boot-2", peer: "10.0.0.2:1" });
    sessions.enter(neko);
    sessions.enter(siberian);

    clones.lookAtAll();
    sessions.remove(siberian);
    clones.lookAtAll();

    expect(said).toEqual([
      "neko: machine-id 1111 at 10.0.0.1, and as siberian at 10.0.0.2",
      "siberian: machine-id 1111 at 10.0.0.2, and as neko at 10.0.0.1",
    ]);
  });

  it("are said of both as soon as the second comes", () => {
    const { sessions, said, clones } = someClones();
    const siberian = aSession({ node: "siberian", bootId: "boot-2", peer: "10.0.0.2:1" });
    sessions.enter(aSession({}));
    sessions.enter(siberian);

    clones.look(siberian);

    expect(said.map((each) => each.split(":")[0])).toEqual(["siberian", "neko"]);
  });

  it("are said once of each machine, though an image was copied a thousand times", () => {
    const { sessions, said, clones } = someClones();
    for (let index = 0; index < 1_000; index += 1) sessions.enter(aSession({ node: `n${index}`, bootId: `boot-${index}` }));

    clones.lookAtAll();

    expect(said).toHaveLength(1_000);
  });

  it.each([
    { name: "one boot: two agents on one machine", other: { bootId: "boot-1" } },
    { name: "no machine-id", other: { machineId: "" } },
    { name: "no proof", other: { identity: { kind: "unproven" } } as const },
  ])("are not told by $name", ({ other }) => {
    const { sessions, said, clones } = someClones();
    sessions.enter(aSession({}));
    sessions.enter(aSession({ node: "siberian", bootId: "boot-2", ...other }));

    clones.lookAtAll();

    expect(said).toEqual([]);
  });
});
