/**
 * Messages of simulated agents, as cheaply as can be: what stays the same is encoded once, and only numbers are written anew. What comes out
 * is gRPC frames of ConnectRequest, byte for byte of the wire.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  ConnectRequestSchema,
  type Facts,
  FactsSchema,
  type HelloSchema,
  ObservationSchema,
  Outcome,
  ReportSchema,
} from "@nodekeeper/proto";
import type { MachineProbe } from "./machines.ts";

/** An observation before it is sent; its numbers are made when it is. */
export interface SimulatedObservation {
  readonly sequence: number;
  /** By the node's own clock. */
  readonly observedAtUnixMs: number;
  readonly uptimeMs: number;
}

/** What an agent holds of a probe to say what it observed. */
export interface EncodedFacts {
  readonly hash: Buffer;
  /** Facts as a message; sent where the collector does not hold them. */
  readonly bytes: Uint8Array;
  readonly sampleNames: readonly string[];
}

const field = {
  sequence: 2,
  observedAt: 3,
  uptime: 4,
  factsHash: 10,
  full: fieldOf("full"),
  unchanged: fieldOf("unchanged"),
  samples: 13,
};
const reportField = { observations: 1, sentAt: 2, sentUptime: 3 };
const reportOfRequest = fieldNumber(ConnectRequestSchema.fields, "report");

/** Encodes what a probe states. */
export function encodeFacts(facts: Facts, node: number, probe: string, generation: number): EncodedFacts {
  const hash = Buffer.alloc(16);
  hash.write(probe.slice(0, 8), "latin1");
  hash.writeUInt32LE(node, 8);
  hash.writeUInt32LE(generation, 12);
  return { hash, bytes: toBinary(FactsSchema, facts), sampleNames: namesOf(facts) };
}

/** Nodes of a model have the same names: they are kept once. */
const sharedNames = new Map<string, readonly string[]>();

function namesOf(facts: Facts): readonly string[] {
  const names = facts.sampleKeys.map(({ name }) => name);
  const content = names.join();
  const known = sharedNames.get(content);
  if (known === undefined) sharedNames.set(content, names);
  return known ?? names;
}

/** What is the same in all observations of a probe. */
const headers = new Map<string, Uint8Array>();

function headerOf({ name, intervalMs }: MachineProbe): Uint8Array {
  const known = headers.get(name);
  if (known !== undefined) return known;
  const init = { probe: name, intervalMs, durationMs: 12, outcome: Outcome.OK };
  const header = toBinary(ObservationSchema, create(ObservationSchema, init));
  headers.set(name, header);
  return header;
}

/** One observation of a report. */
export function encodeObservation(
  probe: MachineProbe,
  facts: EncodedFacts,
  isFull: boolean,
  { sequence, observedAtUnixMs, uptimeMs }: SimulatedObservation,
): Uint8Array {
  const samples = Buffer.allocUnsafe(facts.sampleNames.length * 8);
  for (const [index, name] of facts.sampleNames.entries()) samples.writeDoubleLE(sampleOf(name), index * 8);
  const writer = new BinaryWriter().raw(headerOf(probe));
  writer.tag(field.sequence, WireType.Varint).uint32(sequence);
  writer.tag(field.observedAt, WireType.Varint).int64(observedAtUnixMs);
  writer.tag(field.uptime, WireType.Varint).uint64(uptimeMs);
  writer.tag(field.factsHash, WireType.LengthDelimited).bytes(facts.hash);
  if (isFull) writer.tag(field.full, WireType.LengthDelimited).bytes(facts.bytes);
  else writer.tag(field.unchanged, WireType.LengthDelimited).bytes(new Uint8Array());
  return writer.tag(field.samples, WireType.LengthDelimited).bytes(samples).finish();
}

/** A report as a gRPC frame. */
export function encodeReport(observations: readonly Uint8Array[], sentAtUnixMs: number, sentUptimeMs: number): Buffer {
  const report = new BinaryWriter();
  for (const observation of observations) report.tag(reportField.observations, WireType.LengthDelimited).bytes(observation);
  report.tag(reportField.sentAt, WireType.Varint).int64(sentAtUnixMs);
  report.tag(reportField.sentUptime, WireType.Varint).uint64(sentUptimeMs);
  return frame(new BinaryWriter().tag(reportOfRequest, WireType.LengthDelimited).bytes(report.finish()).finish());
}

/** A Hello as a gRPC frame. */
export function encodeHello(value: Parameters<typeof create<typeof HelloSchema>>[1] & object): Buffer {
  return frame(toBinary(ConnectRequestSchema, create(ConnectRequestSchema, { message: { case: "hello", value } })));
}

/** Not compressed, its length, the message. */
function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

function fieldOf(name: string): number {
  return fieldNumber(ObservationSchema.fields, name);
}

function fieldNumber(fields: readonly { readonly localName: string; readonly number: number }[], name: string): number {
  const found = fields.find(({ localName }) => localName === name);
  if (found === undefined) throw new Error(`there is no field ${name}`);
  return found.number;
}

const fixedSamples: Readonly<Record<string, number>> = {
  power_on_hours: 12_345,
  is_active: 1,
  performance_state_number: 0,
  power_watts: 41.5,
  graphics_clock_hertz: 2.4e9,
  memory_clock_hertz: 14e9,
  handshake_age_seconds: 61,
  offset_seconds: 0.001,
  core_volts: 0.88,
  // Plenty: healthy nodes have no findings.
  available_bytes: 200e9,
  inodes_free: 200e9,
};

/** Values that pass the collector's checks and move as real ones do. */
function sampleOf(name: string): number {
  const fixed = fixedSamples[name];
  if (fixed !== undefined) return fixed;
  if (name.endsWith("_total")) return Math.floor(performance.now() * 1_000);
  if (name.endsWith("_percent") || name === "percentage_used") return Math.round(Math.random() * 1_000) / 100;
  if (name.endsWith("_celsius")) return 40 + Math.round(Math.random() * 80) / 8;
  return Math.floor(1e9 * Math.random());
}

/** Numbers of the fields stand in the generated schema; these two are written by hand and must be what it says. */
if (fieldNumber(ReportSchema.fields, "sentUptimeMs") !== reportField.sentUptime) throw new Error("the report has changed");
