import { describe, expect, it } from "vitest";
import { createMutex } from "./mutex.ts";
import { settle } from "./test-support/fake-clock.ts";

describe("createMutex", () => {
  it("begins a piece of work when the one before it has ended, also by an error", async () => {
    const exclusive = createMutex();
    const events: string[] = [];
    const work = (name: string, end: () => void) => async (): Promise<string> => {
      events.push(`${name} begins`);
      await settle();
      events.push(`${name} ends`);
      end();
      return name;
    };

    const first = exclusive(
      work("first", () => {
        throw new Error("broken");
      }),
    );
    const second = exclusive(work("second", () => undefined));

    await expect(first).rejects.toThrow("broken");
    expect(await second).toBe("second");
    expect(events).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  });
});
