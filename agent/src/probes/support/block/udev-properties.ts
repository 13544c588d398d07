/** Properties that udev has found out about a device: the `E:` lines of /run/udev/data/b<major>:<minor>. */
import type { Reading } from "../../../host/reading.ts";
import { rawTextOf } from "./file-values.ts";

/** Properties by name; empty where udev does not run or has not seen the device yet. */
export function udevProperties(reading: Reading | undefined): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of (rawTextOf(reading) ?? "").split("\n")) {
    const match = /^E:([^=]+)=(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) properties.set(match[1], match[2]);
  }
  return properties;
}

/** A property in which udev has encoded unusual characters, as in ID_MODEL_ENC=KINGSTON\x20SH103S3240G. */
export function decodeUdev(value: string | undefined): string | undefined {
  return value?.replaceAll(/(?:\\x[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll("\\x", ""), "hex").toString("utf8"),
  );
}
