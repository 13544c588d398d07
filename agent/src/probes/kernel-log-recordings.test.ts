/** Every line of every recording, read as if the kernel had said it: what is recognised must be right. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { matchFault } from "./support/kernel-log/match-fault.ts";
import { missingForRecordings, recordingsFolder } from "./test-support/recordings.ts";

const missing = missingForRecordings();
/** All that real machines have said which means something; each line was looked at. */
const expected = new Map([["gpu-nvidia/gpud__dmesg-with-xid-119.log: nvidia-xid-119 0000:9b:00.0", 5]]);

describe("feature 38: kernel-log faults in recorded logs", () => {
  it.skipIf(missing !== undefined)(`finds what is there and nothing else${missing === undefined ? "" : ` (${missing})`}`, () => {
    const found = new Map<string, number>();
    let lines = 0;
    for (const path of textFiles(recordingsFolder)) {
      for (const line of readFileSync(path, "latin1").split("\n")) {
        lines++;
        const match = matchFault(withoutTime(line));
        if (match === undefined) continue;
        const what = `${path.slice(recordingsFolder.length + 1)}: ${match.code} ${match.device}`;
        found.set(what, (found.get(what) ?? 0) + 1);
      }
    }
    process.stdout.write(`kernel log: ${lines} lines of recordings, ${[...found.values()].reduce((a, b) => a + b, 0)} faults\n`);

    expect(lines).toBeGreaterThan(100_000);
    expect(found).toEqual(expected);
  });
});

/** "[Sun Feb 23 16:24:18 2025] ", "[   12.345678] " and "2026-07-28T21:06:58,163370+00:00 " stand before the message in what dmesg prints. */
function withoutTime(line: string): string {
  return line.replace(/^(?:\[[^\]]{6,40}\] |\d{4}-\d\d-\d\dT\S+ (?:\S+ kernel: )?)/, "");
}

function textFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size < 4 << 20);
}
