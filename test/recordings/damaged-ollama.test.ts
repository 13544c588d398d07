/**
 * What a machine and its Ollama say, with bytes changed, cut off and repeated: the probe says what a collector takes, or fails with a code; it
 * never crashes, never takes long, and never says that models are gone because an answer was bad.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOllamaProbe } from "../../agent/src/probes/ollama.ts";
import { ipv4Listener, OllamaHost } from "../../agent/src/probes/test-support/ollama-machine.ts";
import { runOnce } from "../../agent/src/probes/test-support/payload-view.ts";
import { AppError, systemClock } from "../../packages/shared/src/index.ts";
import { damage, damaged } from "./damage.ts";
import { expectAccepted } from "./expect-accepted.ts";

const probe = createOllamaProbe();
/** A run on files in memory takes some milliseconds; a parser that backtracks makes it minutes. */
const limitMs = 15_000;
const digest = "0a8c266910232fd3291e71e5ba1e058cc5af9d411192cf88b6d30e92b6e73163";
const model = {
  name: "qwen3:8b",
  digest,
  size: 5_225_388_164,
  modified_at: "2026-05-10T08:06:48.639712648-07:00",
  details: { family: "qwen3", parameter_size: "8.2B", quantization_level: "Q4_K_M" },
};
const show = {
  modelfile: `FROM /models/blobs/sha256-${digest}\n`,
  model_info: {
    "general.architecture": "qwen3",
    "qwen3.block_count": 36,
    "qwen3.attention.head_count": 32,
    "qwen3.attention.head_count_kv": [8, 8],
    "qwen3.attention.key_length": 128,
    "qwen3.context_length": 40_960,
    "qwen3.embedding_length": 4096,
  },
  capabilities: ["completion", "tools"],
};

function machine(): OllamaHost {
  const host = new OllamaHost();
  host.entries.set(
    "/etc/systemd/system/ollama.service",
    '[Service]\nEnvironment="OLLAMA_HOST=0.0.0.0:11434" OLLAMA_KEEP_ALIVE=1h\nEnvironmentFile=-/etc/default/ollama\n',
  );
  host.entries.set("/etc/default/ollama", "OLLAMA_NUM_PARALLEL='2'\n# more\nOLLAMA_MODELS=\"/srv/models\"\n");
  host.start({
    environment: ["OLLAMA_HOST=0.0.0.0", "OLLAMA_ORIGINS=*", "CUDA_VISIBLE_DEVICES=0,1"],
    listeners: [ipv4Listener("00000000")],
  });
  host.answer("tags", { models: [model] });
  host.answer("ps", {
    models: [{ ...model, size_vram: 4_000_000_000, context_length: 8192, expires_at: "2026-11-23T02:09:21.747224103Z" }],
  });
  host.answer("show qwen3:8b", show);
  return host;
}

/** Everything that is a text, and how to put another in its place. */
function texts(): readonly {
  readonly name: string;
  readonly text: string;
  readonly replace: (host: OllamaHost, text: string) => void;
}[] {
  const { entries, serviceAnswers } = machine();
  const files = [...entries].flatMap(([path, entry]) =>
    typeof entry === "string"
      ? [{ name: path, text: entry, replace: (host: OllamaHost, text: string): void => void host.entries.set(path, text) }]
      : [],
  );
  const answers = [...serviceAnswers].flatMap(([key, answer]) =>
    answer instanceof AppError
      ? []
      : [
          {
            name: key,
            text: answer.text,
            replace: (host: OllamaHost, text: string): void => void host.serviceAnswers.set(key, { status: 200, text }),
          },
        ],
  );
  return [...files, ...answers];
}

async function expectBearable(host: OllamaHost): Promise<void> {
  const startedAtMs = systemClock.monotonicMs();
  try {
    const payload = await runOnce(probe, host);
    if (payload !== undefined) expectAccepted(payload);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    expect(thrown.code).toMatch(/^HOST_/);
  }
  expect(systemClock.monotonicMs() - startedAtMs).toBeLessThan(limitMs);
}

describe("a damaged word", () => {
  it("of the machine or of Ollama is read within its ranges, or fails with a code", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts()), damage, async ({ text, replace }, how) => {
        const host = machine();
        replace(host, damaged(text, how));
        await expectBearable(host);
      }),
      { numRuns: 1_000 },
    );
  });

  it("of Ollama never says that a list is complete which it cut", { timeout: 120_000 }, async () => {
    const tags = JSON.stringify({ models: [model, { ...model, name: "granite4:3b" }] });
    await fc.assert(
      fc.asyncProperty(fc.nat(tags.length - 1), async (cutAt) => {
        const host = machine();
        host.serviceAnswers.set("ollama tags", { status: 200, text: tags.slice(0, cutAt) });
        const payload = await runOnce(probe, host);
        expect(payload?.lists.find(({ kind }) => kind === "ollama_model")?.isComplete).toBe(false);
      }),
    );
  });

  it("of any shape in the place of an answer is borne", { timeout: 120_000 }, async () => {
    const anything = fc.oneof(
      fc.json(),
      fc
        .record({
          models: fc.array(
            fc.object({ key: fc.constantFrom(...Object.keys(model), "details", "expires_at", "size_vram", "capabilities") }),
          ),
        })
        .map((each) => JSON.stringify(each)),
      fc.constant(`{"models":${"[".repeat(50_000)}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("version", "tags", "ps", "show qwen3:8b"), anything, async (question, text) => {
        const host = machine();
        host.answer(question, text);
        await expectBearable(host);
      }),
      { numRuns: 500 },
    );
  });
});
