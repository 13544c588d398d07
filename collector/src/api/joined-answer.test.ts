import { describe, expect, it } from "vitest";
import { createJoinedAnswer } from "./joined-answer.ts";

function aScene() {
  let nowMs = 0;
  const asked: string[] = [];
  const answer = createJoinedAnswer({
    partOf(machine: string) {
      asked.push(machine);
      nowMs += 10;
      return machine.toUpperCase();
    },
    join: (parts: readonly string[]) => parts.join(" "),
    clock: { monotonicMs: () => nowMs },
    onMade: () => undefined,
  });
  return { answer, asked, now: () => nowMs };
}

const always = Number.NEGATIVE_INFINITY;

describe("an answer joined of parts", () => {
  it("asks each machine once", async () => {
    const { answer, asked } = aScene();
    const machines = ["a", "b"];

    expect(await Promise.all([answer(machines, always), answer(machines, always)])).toEqual(["A B", "A B"]);
    expect(await answer(["b", "c"], Number.POSITIVE_INFINITY)).toBe("B C");
    expect(asked).toEqual(["a", "b", "c"]);
  });

  it("is the one before while the next is made, unless that is too old", async () => {
    const { answer, now } = aScene();
    await answer(["a"], always);
    const machines = ["a", "b"];

    const [before, next] = await Promise.all([answer(machines, always), answer(machines, now())]);

    expect([before, next]).toEqual(["A", "A B"]);
    expect(await answer(machines, always)).toBe("A B");
  });
});
