/**
 * The program that asks a Raspberry Pi's firmware, against a stand-in for the kernel's mailbox that checks each message: the real system calls of the
 * real program, on any Linux with a C compiler.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "nodekeeper-mailbox-"));
const standIn = join(folder, "mailbox.so");
const program = join(import.meta.dirname, "../../agent/src/pi-firmware/main.ts");
const missing = whyMissing();
const note = missing === undefined ? "" : ` (skipped: ${missing})`;

afterAll(() => rmSync(folder, { recursive: true }));

function whyMissing(): string | undefined {
  if (process.platform !== "linux") return "no Linux";
  try {
    execFileSync("gcc", ["-shared", "-fPIC", "-o", standIn, join(import.meta.dirname, "stand-in.c"), "-ldl"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "no C compiler";
  }
}

function run(environment: Readonly<Record<string, string>>): {
  readonly status: number | null;
  readonly out: string;
  readonly why: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env: environment, encoding: "utf8" });
  return { status, out: stdout, why: stderr };
}

describe.skipIf(missing !== undefined)(`a Raspberry Pi's firmware${note}`, () => {
  it("answers what vcgencmd would print", () => {
    expect(run({ LD_PRELOAD: standIn })).toEqual({
      status: 0,
      out: "throttled=0x50000\nEXT5V_V volt(24)=5.15082900V\n",
      why: "",
    });
  });

  it.skipIf(existsSync("/dev/vcio"))("is not there on other machines, which is said", () => {
    const { status, out, why } = run({ LD_PRELOAD: standIn, STAND_IN_MISSING: "1" });

    expect({ status, out }).toEqual({ status: 3, out: "" });
    expect(why).toContain("/dev/vcio");
  });
});
