/** I/O counters of /sys/block/<name>/stat: Documentation/block/stat.rst and Documentation/admin-guide/iostats.rst of the kernel. */
import type { Reading } from "../../../host/reading.ts";
import type { Sample } from "../../../payload.ts";
import { textOf } from "./file-values.ts";

/** Unit of the counters of sectors, whatever the device's block size. */
const sectorBytes = 512;

/** Samples of one device. A kernel before 4.18 has no discards: unknown. A file that is not as documented makes all of them unknown. */
export function ioSamples(id: string, stat: Reading | undefined): readonly Sample[] {
  const fields = (textOf(stat) ?? "").split(/\s+/).map(countOf);
  const isWhole = fields.length >= 11;
  const field = (index: number): number | undefined => (isWhole ? fields[index] : undefined);
  const values: Readonly<Record<string, number | undefined>> = {
    reads_completed_total: field(0),
    read_bytes_total: bytesOf(field(2)),
    read_seconds_total: secondsOf(field(3)),
    writes_completed_total: field(4),
    written_bytes_total: bytesOf(field(6)),
    write_seconds_total: secondsOf(field(7)),
    io_in_flight: field(8),
    io_seconds_total: secondsOf(field(9)),
    discards_completed_total: field(11),
  };
  return Object.entries(values).map(([name, value]) => ({ kind: "block_device", id, name, value }));
}

function countOf(text: string): number | undefined {
  return /^\d{1,20}$/.test(text) ? Number(text) : undefined;
}

function bytesOf(sectors: number | undefined): number | undefined {
  return sectors === undefined ? undefined : sectors * sectorBytes;
}

function secondsOf(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
