/** What a collector sends is handled in order, and a flood of it waits where it comes from. */
import { create } from "@bufbuild/protobuf";
import { ProbeNowSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { type CollectorMessage, createInbox } from "./inbox.ts";

function message(name: string): CollectorMessage {
  return { case: "probeNow", value: create(ProbeNowSchema, { probes: [name] }) };
}

function nameOf({ case: kind, value }: CollectorMessage): string {
  return kind === "probeNow" ? value.probes.join() : "";
}

describe("an inbox", () => {
  it("asks for no more while many wait, and for more once they were handled, one after the other", async () => {
    const inbox = createInbox();
    const events: string[] = [];
    expect(inbox.put(message("first"))).toBe(true);
    expect(nameOf(await inbox.first)).toBe("first");
    for (let count = 1; count <= 7; count++) expect(inbox.put(message(`${count}`))).toBe(true);
    expect(inbox.put(message("8"))).toBe(false);

    const { promise: may, resolve: go } = Promise.withResolvers<void>();
    void inbox.open(
      async (each) => {
        events.push(nameOf(each));
        await may;
      },
      () => events.push("room"),
    );

    expect(events).toEqual(["1"]);
    go();
    await expect.poll(() => events).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "room"]);
    expect(inbox.put(message("9"))).toBe(true);
    await expect.poll(() => events.slice(-2)).toEqual(["9", "room"]);
  });

  it("fails with what could not be handled, and handles nothing after it", async () => {
    const inbox = createInbox();
    const handled: string[] = [];
    for (const name of ["first", "1", "2"]) inbox.put(message(name));

    const handling = inbox.open(
      async (each) => {
        handled.push(nameOf(each));
        throw new Error("no");
      },
      () => undefined,
    );

    await expect(handling).rejects.toThrow("no");
    expect(handled).toEqual(["1"]);
  });
});
