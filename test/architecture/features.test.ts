/** The rows of the feature table that the product promises: each has a test that bears its number, as `describe("feature 19: …")`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "./sources.ts";

/** Rows that must have a test: number and title. */
const rows: ReadonlyMap<number, string> = new Map([
  [17, "operating system, kernel, processors, memory, board"],
  [18, "disk list: model, serial, firmware, size, bus, rotational, form"],
  [19, "stable disk identity over renames, slots and moves between nodes"],
  [20, "partition, filesystem and mount to Longhorn disk"],
  [21, "USB bridge identity and quirks"],
  [22, "PCIe link speed and width now and at most, AER counters"],
  [27, "inventory change history"],
  [28, "NVMe SMART log"],
  [29, "critical_warning by its bits, each with its own severity"],
  [30, "the drive's own WCTEMP and CCTEMP, and the time above them"],
  [31, "wear trend to the date of 100 % used"],
  [32, "baseline and delta for counters"],
  [33, "SATA attributes with failure rates"],
  [34, "vendors' packed raw values"],
  [35, "never wakes sleeping disks, does not reset their idle timer"],
  [36, "a hung device is isolated: timeout, back-off, quarantine"],
  [37, "alarm on the disappearance of a disk, distinct from an agent's silence"],
  [38, "faults in the kernel log"],
]);

const folders = ["agent/src", "collector/src", "packages", "test"];
const heading = /\bdescribe\b[^\n]*?(?:\n\s*)?["'`][^"'`\n]*?\bfeature (\d+): /g;

function testFiles(folder: string): readonly string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : testFiles(path);
    return /\.test\.(?:ts|tsx|mjs)$/.test(entry.name) ? [path] : [];
  });
}

describe("features", () => {
  const found = folders
    .flatMap(testFiles)
    .flatMap((path) => [...readFileSync(join(repositoryRoot, path), "utf8").matchAll(heading)])
    .map(([, number]) => Number(number));

  it.each([...rows].map(([number, title]) => ({ number, title })))("feature $number has a test: $title", ({ number }) => {
    expect(found).toContain(number);
  });
});
