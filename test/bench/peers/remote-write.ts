/**
 * The protocol by which Prometheus and VictoriaMetrics take samples from others: https://prometheus.io/docs/specs/remote_write_spec/, a
 * protobuf message in snappy's form. Snappy is written without compressing: the bytes do not travel, and reading them costs the least.
 */
import { type FleetReading, fleetProbes } from "./fleet.ts";

/** Samples to a request, as Prometheus itself sends them. */
export const samplesPerRequest = 2000;

const encoder = new TextEncoder();
/** For each node and probe the labels of its series, encoded once. */
const labelsOfSeries = new Map<string, readonly Uint8Array[]>();

/** Bodies of requests with all samples of these readings. */
export function* remoteWriteBodies(
  readings: readonly FleetReading[],
): Generator<{ readonly body: Uint8Array; readonly samples: number }> {
  let parts: Uint8Array[] = [];
  let samples = 0;
  for (const reading of readings) {
    const labels = labelsOf(reading);
    for (const [position, value] of reading.values.entries()) {
      parts.push(timeSeries(labels[position] ?? new Uint8Array(), value, reading.atMs));
      samples += 1;
      if (samples < samplesPerRequest) continue;
      yield { body: snappy(Buffer.concat(parts)), samples };
      [parts, samples] = [[], 0];
    }
  }
  if (samples > 0) yield { body: snappy(Buffer.concat(parts)), samples };
}

function labelsOf({ node, probe }: FleetReading): readonly Uint8Array[] {
  const key = `${node} ${probe}`;
  const known = labelsOfSeries.get(key);
  if (known !== undefined) return known;
  const made = (fleetProbes[probe]?.series ?? []).map(({ kind, id, name }) => {
    const labels = { __name__: `${kind}_${name}`, id, instance: `node-${node}:9100`, job: "node" };
    return Buffer.concat(
      Object.entries(labels)
        .filter(([, value]) => value !== "")
        .map(([label, value]) => lengthDelimited(1, Buffer.concat([text(1, label), text(2, value)]))),
    );
  });
  labelsOfSeries.set(key, made);
  return made;
}

/** TimeSeries { labels = 1; samples = 2 { value = 1 double; timestamp = 2 } }, as a field of WriteRequest. */
function timeSeries(labels: Uint8Array, value: number, atMs: number): Uint8Array {
  const sample = Buffer.alloc(9);
  sample[0] = 0x09;
  sample.writeDoubleLE(value, 1);
  return lengthDelimited(
    1,
    Buffer.concat([labels, lengthDelimited(2, Buffer.concat([sample, Uint8Array.of(0x10), varint(atMs)]))]),
  );
}

function text(field: number, value: string): Uint8Array {
  return lengthDelimited(field, encoder.encode(value));
}

function lengthDelimited(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

/** One literal: https://github.com/google/snappy/blob/main/format_description.txt */
function snappy(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length - 1);
  return Buffer.concat([varint(bytes.length), Uint8Array.of(63 * 4), length, bytes]);
}
