/**
 * A language model of random weights in the form that Ollama loads (GGUF 3): two layers, a vocabulary of single bytes, 150 kB. It says
 * nonsense, at once and on any CPU. Source of the form: the GGUF specification; the names are those of the architecture "llama".
 */

/** What a model is like; every field is also what Ollama must say of it. */
export interface TinyModel {
  readonly layerCount: number;
  readonly embeddingLength: number;
  readonly headCount: number;
  readonly keyValueHeadCount: number;
  readonly contextLength: number;
  /** Two models of different seeds have different weights. */
  readonly seed: number;
}

/** A small model as the larger ones are: fewer heads of keys than of queries. */
export const tinyModel: TinyModel = {
  layerCount: 2,
  embeddingLength: 64,
  headCount: 4,
  keyValueHeadCount: 2,
  contextLength: 2048,
  seed: 1,
};

/** The file. */
export function tinyModelFile(model: TinyModel): Buffer {
  const tensors = tensorsOf(model);
  const settings = settingsOf(model);
  const head: Buffer[] = [Buffer.from("GGUF"), uint32(3), uint64(tensors.length), uint64(settings.length)];
  for (const [key, value] of settings) head.push(text(key), value);
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    head.push(text(name), uint32(shape.length), ...shape.map(uint64), uint32(type.float32Tensor), uint64(offset));
    offset += aligned(values.byteLength);
  }
  const header = Buffer.concat(head);
  const padded = [header, ...tensors.map(({ values }) => Buffer.from(values.buffer))];
  return Buffer.concat(padded.map((part) => Buffer.concat([part, Buffer.alloc(aligned(part.length) - part.length)])));
}

/** Tensors begin at multiples of so many bytes. */
const alignment = 32;

/** Numbers of the types of values, and of a tensor of 32-bit floats. */
const type = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9, float32Tensor: 0 } as const;

/** Of tokens: an ordinary one, and those that mean something to the tokenizer. */
const tokenType = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

/** <unk>, <s>, </s>, every byte, and the space of SentencePiece. */
const tokens: readonly { readonly text: string; readonly type: number }[] = [
  { text: "<unk>", type: tokenType.unknown },
  { text: "<s>", type: tokenType.control },
  { text: "</s>", type: tokenType.control },
  ...Array.from({ length: 256 }, (_, byte) => ({
    text: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
    type: tokenType.byte,
  })),
  { text: "\u2581", type: tokenType.normal },
];

interface Tensor {
  readonly name: string;
  /** The fastest dimension first. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

function settingsOf(model: TinyModel): readonly (readonly [string, Buffer])[] {
  return [
    ["general.architecture", string("llama")],
    ["general.name", string("tiny")],
    ["llama.block_count", number(model.layerCount)],
    ["llama.context_length", number(model.contextLength)],
    ["llama.embedding_length", number(model.embeddingLength)],
    ["llama.feed_forward_length", number(model.embeddingLength * 2)],
    ["llama.attention.head_count", number(model.headCount)],
    ["llama.attention.head_count_kv", number(model.keyValueHeadCount)],
    ["llama.attention.layer_norm_rms_epsilon", float(1e-5)],
    ["llama.rope.dimension_count", number(model.embeddingLength / model.headCount)],
    ["llama.vocab_size", number(tokens.length)],
    ["tokenizer.ggml.model", string("llama")],
    [
      "tokenizer.ggml.tokens",
      array(
        type.string,
        tokens.map((token) => text(token.text)),
      ),
    ],
    [
      "tokenizer.ggml.scores",
      array(
        type.float32,
        tokens.map(() => float32(0)),
      ),
    ],
    [
      "tokenizer.ggml.token_type",
      array(
        type.int32,
        tokens.map((token) => uint32(token.type)),
      ),
    ],
    ["tokenizer.ggml.unknown_token_id", number(0)],
    ["tokenizer.ggml.bos_token_id", number(1)],
    ["tokenizer.ggml.eos_token_id", number(2)],
  ];
}

function tensorsOf(model: TinyModel): readonly Tensor[] {
  const { embeddingLength: width, headCount, keyValueHeadCount } = model;
  const keyWidth = (width / headCount) * keyValueHeadCount;
  const random = randomNumbers(model.seed);
  const weights = (name: string, ...shape: readonly number[]): Tensor => {
    const count = shape.reduce((product, length) => product * length, 1);
    const isNorm = shape.length === 1;
    return {
      name: `${name}.weight`,
      shape,
      values: Float32Array.from({ length: count }, () => (isNorm ? 1 : random() * 0.2 - 0.1)),
    };
  };
  const layer = (index: number): readonly Tensor[] => [
    weights(`blk.${index}.attn_norm`, width),
    weights(`blk.${index}.attn_q`, width, width),
    weights(`blk.${index}.attn_k`, width, keyWidth),
    weights(`blk.${index}.attn_v`, width, keyWidth),
    weights(`blk.${index}.attn_output`, width, width),
    weights(`blk.${index}.ffn_norm`, width),
    weights(`blk.${index}.ffn_gate`, width, width * 2),
    weights(`blk.${index}.ffn_up`, width, width * 2),
    weights(`blk.${index}.ffn_down`, width * 2, width),
  ];
  return [
    weights("token_embd", width, tokens.length),
    ...Array.from({ length: model.layerCount }, (_, index) => layer(index)).flat(),
    weights("output_norm", width),
    weights("output", width, tokens.length),
  ];
}

/** The same numbers for the same seed, from 0 to 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function aligned(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)]);
}

function string(value: string): Buffer {
  return Buffer.concat([uint32(type.string), text(value)]);
}

function number(value: number): Buffer {
  return Buffer.concat([uint32(type.uint32), uint32(value)]);
}

function float(value: number): Buffer {
  return Buffer.concat([uint32(type.float32), float32(value)]);
}

function array(of: number, elements: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(type.array), uint32(of), uint64(elements.length), ...elements]);
}
