/** What Ollama's documents and others show of its answers, given to the probe as if a server had said it, against jq and date. */
import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import { createOllamaProbe } from "../../../agent/src/probes/ollama.ts";
import { OllamaHost } from "../../../agent/src/probes/test-support/ollama-machine.ts";
import { factsAt, runToPayload } from "../../../agent/src/probes/test-support/payload-view.ts";
import { extractByJq } from "../../../agent/src/probes/test-support/recordings.ts";
import { expectAccepted } from "../expect-accepted.ts";
import { type IndexEntry, textOf } from "../recording-index.ts";
import { type Check, checked } from "../verdict.ts";

/** /api/version. */
export const ollamaVersion: Check = async (entry) => {
  expect(factsAt(await examine("version", entry), "ollama_server")).toMatchObject({
    version: extractByJq(".version", [entry.path])[0],
  });
  return checked;
};

/** /api/tags: every model with all that is said of it. */
export const ollamaTags: Check = async (entry) => {
  const fields =
    ".models[] | { name, digest, sizeBytes: (.size | tostring), at: .modified_at, family: .details.family, parameterSize: .details.parameter_size, quantization: .details.quantization_level }";
  const payload = await examine("tags", entry);
  const models = extractByJq(fields, [entry.path]) as readonly Readonly<Record<string, string>>[];

  expect(models.length).toBeGreaterThan(0);
  for (const { name, at, ...facts } of models) {
    expect(factsAt(payload, "ollama_model", name)).toEqual({ ...facts, modifiedAtUnixMs: millisecondsOf(at), isRemote: false });
  }
  return checked;
};

/** /api/ps: the same. A digest that is none, in an answer that somebody made up, is unknown. */
export const ollamaPs: Check = async (entry) => {
  const fields =
    '.models[] | { name, at: .expires_at, sizeBytes: (.size | tostring), sizeVramBytes: (.size_vram | tostring) } + (if .digest | test("^[0-9a-f]{64}$") then { digest } else {} end)';
  const payload = await examine("ps", entry);
  const models = extractByJq(fields, [entry.path]) as readonly Readonly<Record<string, string>>[];

  expect(models.length).toBeGreaterThan(0);
  for (const { name, at, ...facts } of models) {
    expect(factsAt(payload, "ollama_loaded_model", name)).toEqual({
      ...facts,
      expiresAtUnixMs: millisecondsOf(at),
      isKept: false,
    });
  }
  return checked;
};

async function examine(question: string, entry: IndexEntry): ReturnType<typeof runToPayload> {
  const host = new OllamaHost();
  host.start();
  host.answer(question, textOf(entry));
  const payload = await runToPayload(createOllamaProbe(), host);
  expectAccepted(payload);
  return payload;
}

function millisecondsOf(moment: string | undefined): string {
  return execFileSync("date", ["-d", moment ?? "", "+%s%3N"], { encoding: "utf8" }).trim();
}
