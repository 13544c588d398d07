/**
 * What Ollama would do, worked out by hand from its source (v0.32: server/sched.go, server/routes.go, llm/llama_server.go), each with its arithmetic in
 * bytes. A token takes layers × heads × (key + value) numbers of 2 bytes; 1 GiB stays free on each GPU; beside others 80 % of what is free are enough.
 */
import {
  chat,
  embedding,
  type FitCase,
  llama3b,
  llama8b,
  llama70b,
  qwen14b,
  qwen32b,
  type Resident,
  vision,
} from "./fit-case.ts";

const nomic: Resident = { name: "nomic", bytes: 400_000_000 };
/** Of 17 179 869 184 it leaves 10 000 000 000. */
const seven: Resident = { name: "seven", bytes: 7_179_869_184 };
const small = (name: string, weights = ""): Resident => ({ name, bytes: 500_000_000, weights });

/** On a card of 4 GiB: 4 294 967 296, and a model gets 3 221 225 472. */
const smallCard: readonly FitCase[] = [
  // 4 920 753 328 + 536 870 912
  { name: "an 8B", model: llama8b, cards: [4], is: "never", needs: 5_457_624_240 },
  // 4 920 753 328 + 512 × 131 072 = 67 108 864
  { name: "an 8B with a short context", model: llama8b, cards: [4], asked: 512, is: "never", needs: 4_987_862_192 },
  // somebody loaded it all the same: 3 of 6 GB of it lie on the CPU
  {
    ...{
      name: "an 8B that is loaded in part",
      model: llama8b,
      cards: [4],
      is: "never",
      says: "it is loaded, 50 % of it on the GPU",
    },
    loaded: [{ name: "wanted", bytes: 3e9, sizeBytes: 6e9 }],
  },
  // 2 019 393 189 + 469 762 048
  { name: "a 3B", model: llama3b, cards: [4], is: "now", needs: 2_489_155_237, context: 4_096 },
  // 4 294 967 296 - 1 073 741 824 - 1 073 741 824 = 2 147 483 648
  { name: "a 3B beside a desktop with 1 GiB", model: llama3b, cards: [4], game: 2 ** 30, is: "without-others" },
  // 274 302 450 + 75 497 472
  { name: "embeddings", model: embedding, cards: [4], is: "now", needs: 349_799_922, context: 2_048 },
  // free 1 594 967 296: 80 % are 1 275 973 836, and without 1 GiB 521 225 472
  { name: "embeddings beside a 3B", model: embedding, cards: [4], loaded: [{ name: "chat", bytes: 2_700_000_000 }], is: "now" },
  // free 3 894 967 296: 80 % are 3 115 973 836, and without 1 GiB 2 821 225 472
  { name: "a 3B beside embeddings", model: llama3b, cards: [4], loaded: [nomic], is: "now" },
  // 2 019 393 189 + 8192 × 114 688 = 2 958 917 285: within 80 %, so Ollama unloads nothing, and more than 2 821 225 472
  {
    ...{ name: "a 3B with 8k beside embeddings", model: llama3b, cards: [4], loaded: [nomic], asked: 8_192 },
    ...{ is: "after-unload", needs: 2_958_917_285, unload: ["nomic"], says: "which Ollama does not do by itself" },
  },
];

const sizes: readonly FitCase[] = [
  // 8 589 934 592 - 1 073 741 824 = 7 516 192 768
  { name: "an 8B on 8 GiB", model: llama8b, cards: [8], is: "now", needs: 5_457_624_240 },
  // 4 920 753 328 + 16 384 × 131 072 = 2 147 483 648
  { name: "an 8B with 16k on 8 GiB", model: llama8b, cards: [8], asked: 16_384, is: "now", needs: 7_068_236_976 },
  // + 32 768 × 131 072 = 4 294 967 296
  { name: "an 8B with 32k on 8 GiB", model: llama8b, cards: [8], asked: 32_768, is: "never", needs: 9_215_720_624 },
  // 8 988 124 069 + 805 306 368
  { name: "a 14B on 8 GiB", model: qwen14b, cards: [8], is: "never", needs: 9_793_430_437 },
  // 17 179 869 184 - 1 073 741 824 = 16 106 127 360
  { name: "a 14B on 16 GiB", model: qwen14b, is: "now", needs: 9_793_430_437, context: 4_096 },
  // + 32 768 × 196 608 = 6 442 450 944
  { name: "a 14B with 32k on 16 GiB", model: qwen14b, asked: 32_768, is: "now", needs: 15_430_575_013 },
  // + 40 960 × 196 608 = 8 053 063 680
  { name: "a 14B with 40k on 16 GiB", model: qwen14b, asked: 40_960, is: "never", needs: 17_041_187_749 },
  // 19 851 349 669 + 4096 × 262 144 = 1 073 741 824
  { name: "a 32B on 16 GiB", model: qwen32b, is: "never", needs: 20_925_091_493 },
  // 24 GiB: 32 768 by default; 19 851 349 669 + 8 589 934 592 > 24 696 061 952
  { name: "a 32B on 24 GiB by default", model: qwen32b, cards: [24], is: "never", needs: 28_441_284_261, context: 32_768 },
  // + 8192 × 262 144 = 2 147 483 648
  { name: "a 32B with 8k on 24 GiB", model: qwen32b, cards: [24], asked: 8_192, is: "now", needs: 21_998_833_317 },
  // 42 520 413 916 + 4096 × 327 680 = 1 342 177 280
  { name: "a 70B on 24 GiB", model: llama70b, cards: [24], asked: 4_096, is: "never", needs: 43_862_591_196 },
  // 2 × 24 696 061 952 = 49 392 123 904
  {
    ...{ name: "a 70B on two of 24 GiB", model: llama70b, cards: [24, 24], asked: 4_096 },
    ...{ is: "now", needs: 43_862_591_196, says: "on 2 GPUs together" },
  },
  // 48 GiB: 262 144 by default, of which the model can 131 072: 42 949 672 960
  {
    name: "a 70B on two of 24 GiB by default",
    model: llama70b,
    cards: [24, 24],
    is: "never",
    needs: 85_470_086_876,
    context: 131_072,
  },
  // predicted 20 925 091 493 > 80 % of 24 GiB = 20 615 843 020: spread over both, though one would do
  {
    name: "a 32B with 4k on two of 24 GiB",
    model: qwen32b,
    cards: [24, 24],
    asked: 4_096,
    is: "now",
    says: "on 2 GPUs together",
  },
  // 80 % of 24 GiB are enough
  { name: "a 14B with 8k on two of 24 GiB", model: qwen14b, cards: [24, 24], asked: 8_192, is: "now", says: "on one GPU" },
];

const contexts: readonly FitCase[] = [
  { name: "the default below 23 GiB", model: llama3b, cards: [22.99], is: "now", context: 4_096 },
  { name: "the default from 23 GiB", model: llama3b, cards: [23], is: "now", context: 32_768 },
  { name: "the default below 47 GiB together", model: llama3b, cards: [23.99, 23], is: "now", context: 32_768 },
  // 262 144, of which the model can 131 072
  { name: "the default from 47 GiB together", model: llama3b, cards: [24, 23], is: "now", context: 131_072 },
  { name: "the server's own", model: llama3b, settings: { contextLengthTokens: 8_192 }, is: "now", context: 8_192 },
  { name: "more than the model can", model: embedding, asked: 131_072, is: "now", needs: 349_799_922, context: 2_048 },
  { name: "less than a model that sees is given", model: vision, asked: 512, is: "now", context: 2_048, needs: 6_401_989_888 }, // + 2048 × 147 456
  // 4096 × 4 × 131 072 = 2 147 483 648
  {
    name: "4 at once",
    model: llama8b,
    cards: [8],
    settings: { parallelCount: 4 },
    is: "now",
    needs: 7_068_236_976,
    context: 4_096,
  },
  // 4096 × 8 × 131 072 = 4 294 967 296
  { name: "8 at once", model: llama8b, cards: [8], settings: { parallelCount: 8 }, is: "never", needs: 9_215_720_624 },
  // 6 100 000 000 + 4096 × 147 456 = 603 979 776, once
  { name: "4 at once of a family that cannot", model: vision, settings: { parallelCount: 4 }, is: "now", needs: 6_703_979_776 },
  { name: "4 at once of embeddings", model: embedding, settings: { parallelCount: 4 }, is: "now", needs: 349_799_922 },
  // 32 768 × 65 536 numbers of 34/32 bytes = 2 281 701 376
  {
    ...{ name: "8 bits with flash attention", model: llama8b, cards: [8], asked: 32_768, is: "now", needs: 7_202_454_704 },
    settings: { kvCacheType: "q8_0", isFlashAttentionEnabled: true },
  },
  // of 18/32 bytes = 1 207 959 552
  {
    ...{ name: "4 bits, in capitals", model: llama8b, cards: [8], asked: 32_768, is: "now", needs: 6_128_712_880 },
    settings: { kvCacheType: "Q4_0", isFlashAttentionEnabled: true },
  },
  {
    ...{ name: "8 bits without flash attention", model: llama8b, cards: [8], asked: 32_768, is: "never", needs: 9_215_720_624 },
    settings: { kvCacheType: "q8_0", isFlashAttentionEnabled: false },
  },
];

const beside: readonly FitCase[] = [
  // 80 % of 10 000 000 000
  { name: "80 % exactly", model: chat(7_463_129_088, 32), loaded: [seven], is: "now", needs: 8_000_000_000 },
  {
    name: "a byte more",
    model: chat(7_463_129_089, 32),
    loaded: [seven],
    is: "after-unload",
    needs: 8_000_000_001,
    unload: ["seven"],
  },
  // 4 920 753 328 + 2 281 701 376 would do, but Ollama predicts 4 920 753 328 + 4 294 967 296 > 8 000 000 000
  {
    ...{ name: "8 bits, which Ollama does not reckon with", model: llama8b, asked: 32_768, loaded: [seven], is: "after-unload" },
    ...{ settings: { kvCacheType: "q8_0", isFlashAttentionEnabled: true }, needs: 7_202_454_704, unload: ["seven"] },
  },
  { name: "the same context", model: llama8b, asked: 4_096, loaded: [{ ...seven, name: "wanted", context: 4_096 }], is: "now" },
  {
    ...{ name: "loaded anew before any other goes", model: llama3b, asked: 8_192, is: "after-unload", unload: ["wanted"] },
    loaded: [small("a", "0"), { name: "wanted", bytes: 3_000_000_000, context: 4_096, weights: "9" }],
  },
  {
    name: "an alias",
    model: { ...llama8b, weightsDigest: "w" },
    loaded: [{ ...seven, weights: "w" }],
    is: "now",
    says: "it is loaded",
  },
  { name: "a model that runs elsewhere", model: { isRemote: true }, game: 16e9, is: "now", says: "elsewhere" },
  // 3 for each GPU
  {
    name: "a fourth",
    model: embedding,
    loaded: [small("c", "3"), small("b", "1"), small("a", "2")],
    is: "after-unload",
    unload: ["b"],
  },
  { name: "a fourth on two cards", model: embedding, cards: [16, 16], loaded: [small("a"), small("b"), small("c")], is: "now" },
  {
    ...{ name: "a third of two", model: embedding, loaded: [small("a"), small("b")], is: "after-unload", unload: ["a"] },
    settings: { maximumLoadedModelCount: 2 },
  },
];

/** 14B: 9 793 430 437, and 16 GiB less what is loaded. */
const order: readonly FitCase[] = [
  // both are kept 5 min after each use: the file decides, not who would go first by itself
  {
    ...{ name: "the same keep-alive", model: qwen14b, is: "after-unload", unload: ["early"] },
    loaded: [
      { name: "late", bytes: 4e9, leftSeconds: 20, weights: "b" },
      { name: "early", bytes: 4e9, leftSeconds: 290, weights: "a" },
    ],
  },
  // more is left than 5 min: that one is kept for longer
  {
    ...{ name: "a longer keep-alive", model: qwen14b, is: "after-unload", unload: ["short"] },
    loaded: [
      { name: "long", bytes: 4e9, leftSeconds: 3_000, weights: "a" },
      { name: "short", bytes: 4e9, leftSeconds: 290, weights: "b" },
    ],
  },
  {
    ...{ name: "one that is kept for ever", model: qwen14b, is: "after-unload", unload: ["other"] },
    loaded: [
      { name: "for ever", bytes: 4e9, leftSeconds: "never", weights: "a" },
      { name: "other", bytes: 4e9, weights: "b" },
    ],
  },
  // Ollama unloads that too: nothing protects a model
  {
    ...{ name: "nothing but what is kept for ever", model: qwen14b, is: "after-unload", unload: ["for ever"] },
    loaded: [{ name: "for ever", bytes: 8e9, leftSeconds: "never" }],
  },
  // 17 179 869 184 - 2 × 6 GB; without one 11 179 869 184, of which 80 % = 8 943 895 347 are too few
  {
    ...{ name: "two of two", model: qwen14b, is: "after-unload", unload: ["a", "b"] },
    loaded: [
      { name: "b", bytes: 6e9, weights: "b" },
      { name: "a", bytes: 6e9, weights: "a" },
    ],
  },
];

const troubles: readonly FitCase[] = [
  // 17 179 869 184 - 12 884 901 888 - 1 073 741 824 = 3 221 225 472
  { name: "a game with 12 GiB", model: llama8b, game: 12 * 2 ** 30, is: "without-others", says: "it would without game.exe" },
  { name: "a game and a model", model: qwen14b, game: 7e9, loaded: [{ name: "a", bytes: 4e9 }], is: "without-others" },
  // 17 179 869 184 - 1 073 741 824 - 6 442 450 944 = 9 663 676 416 < 9 793 430 437
  { name: "an overhead of 6 GiB", model: qwen14b, settings: { gpuOverheadBytes: 6 * 2 ** 30 }, is: "never" },
  { name: "a hidden card", model: llama3b, settings: { visibleDevices: ["CUDA_VISIBLE_DEVICES=-1"] }, is: "never", says: "hide" },
  // the 24 GiB are not for Ollama: 4096 by default, and 5 457 624 240 > 3 221 225 472
  {
    ...{ name: "only the smaller card", model: llama8b, cards: [24, 4], is: "never", needs: 5_457_624_240, context: 4_096 },
    settings: { visibleDevices: ["CUDA_VISIBLE_DEVICES=GPU-1"] },
  },
  {
    name: "numbers of cards, whose order nobody knows",
    model: llama8b,
    cards: [24, 4],
    is: "unknown",
    settings: { visibleDevices: ["CUDA_VISIBLE_DEVICES=1"] },
  },
  { name: "a card that sleeps", model: qwen14b, trouble: "asleep", is: "now", says: "sleeps and would wake" },
  { name: "a driver that was not heard of lately", model: llama3b, trouble: "stale driver", is: "unknown" },
  // 42 520 413 916 are too much for 16 GiB whatever its driver would say
  { name: "a 70B, and a driver that was not heard of lately", model: llama70b, trouble: "stale driver", is: "never" },
  { name: "loaded models that are not known", model: llama3b, trouble: "unknown loaded models", is: "unknown" },
  // what the model claims is believed: 9 179 869 184 + 8 000 000 000
  {
    name: "a driver that names no processes",
    model: qwen14b,
    trouble: "muted processes",
    loaded: [{ name: "a", bytes: 8e9 }],
    is: "after-unload",
    unload: ["a"],
  },
  { name: "a server that is stopped", model: llama3b, trouble: "server stopped", is: "unknown" },
  { name: "a size that is not known", model: { layerCount: 32 }, is: "unknown" },
  { name: "heads that are not known", model: { sizeBytes: 5e9, capabilities: ["completion"] }, is: "unknown" },
  { name: "heads that are not known of a file that is too large", model: { sizeBytes: 17e9 }, is: "never" },
  { name: "no card", model: llama8b, cards: [], is: "never", says: "no GPU" },
  {
    name: "no card, and 3 models",
    model: llama8b,
    cards: [],
    loaded: [small("a"), small("b"), small("c")],
    is: "never",
    unload: ["a"],
  },
  // the driver sees 15 179 869 184 free; Ollama itself believes 17 179 869 184 - 8 000 000 000, of which 80 % are 7 343 895 347
  {
    ...{ name: "a model that only claims the card", model: qwen14b, is: "after-unload", unload: ["claims"] },
    loaded: [{ name: "claims", bytes: 8e9, heldBytes: 2e9 }],
  },
];

/** By what they are about. */
export const fitCases: Readonly<Record<string, readonly FitCase[]>> = {
  ...{ "on a card of 4 GiB": smallCard, "on larger cards": sizes, "by context": contexts },
  ...{ "beside others": beside, "in the order in which others go": order, "with trouble": troubles },
};
