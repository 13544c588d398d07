/**
 * Whether the API does what its document says: schemathesis asks a whole collector for everything, with what the document allows and with what it does
 * not. It asks at the admin socket, where everything may be done and nothing is counted; who may ask what is tested in test/api-access.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isSchemathesisMade, missingForSchemathesis, schemathesisProgram } from "./schemathesis-program.ts";
import { aSmallHouse } from "./small-house.ts";

/** The run ends by itself after this, whatever is left to try; a longer one by hand: NODEKEEPER_SCHEMATHESIS_SECONDS=300. */
const seconds = Number(process.env["NODEKEEPER_SCHEMATHESIS_SECONDS"] ?? 25);

const missing =
  (await missingForSchemathesis()) ??
  ((await isSchemathesisMade()) ? undefined : "not made: node test/build-services.ts makes it");

/** What it printed, and whether it is content. */
function ask(python: string, url: string): Promise<{ readonly code: number; readonly text: string }> {
  const args = [
    ...["-m", "schemathesis.cli", "--config-file", join(import.meta.dirname, "schemathesis.toml")],
    ...["run", `${url}/openapi.json`, "--origin", url, "--max-time", String(seconds), "--seed", "1", "--no-color"],
  ];
  return new Promise((resolve) => {
    execFile(python, args, { timeout: (seconds + 30) * 1000, maxBuffer: 64 * 2 ** 20, cwd: "/tmp" }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), text: `${stdout}${stderr}` });
    });
  });
}

describe("the API and its document", () => {
  it.skipIf(missing !== undefined)(
    `do not contradict each other${missing === undefined ? "" : ` (skipped: ${missing})`}`,
    async () => {
      await using house = await aSmallHouse();

      const { code, text } = await ask(await schemathesisProgram(), house.adminUrl);

      expect(text).toMatch(/Test cases:\s+\d{2,} generated/);
      expect(code, readable(text)).toBe(0);
    },
    (seconds + 60) * 1000,
  );
});

/** Without the thousand characters of what was tried. */
function readable(text: string): string {
  const lines = text.split("\n").map((line) => (line.length <= 400 ? line : `${line.slice(0, 400)}…`));
  return lines.slice(0, 400).join("\n");
}
