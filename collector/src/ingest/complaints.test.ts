import { createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createComplaints } from "./complaints.ts";

describe("complaints", () => {
  it("are logged once in ten minutes for each node and reason, with how many there were", async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger("test", "info", { write: (line) => void lines.push(JSON.parse(line)) });
    const clock = new FakeClock();
    const complaints = createComplaints(clock, logger);
    const complain = (node: string): void => complaints.complain(node, "text", { probe: "disks" }, "bad");

    complain("neko");
    complain("neko");
    complain("neko");
    complain("bobcat");
    await clock.advance(10 * 60_000);
    complain("neko");

    expect(lines.map(({ node, probe, repeatedSinceLastLog, msg }) => [node, probe, repeatedSinceLastLog, msg])).toEqual([
      ["neko", "disks", 0, "bad"],
      ["bobcat", "disks", 0, "bad"],
      ["neko", "disks", 2, "bad"],
    ]);
  });
});
