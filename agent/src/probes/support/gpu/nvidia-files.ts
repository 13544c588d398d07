/** What NVIDIA's driver keeps of a GPU in /proc/driver/nvidia. Form: that of driver 580. Pure. */
import type { Reading } from "../../../host/reading.ts";
import { rawTextOf } from "../block/file-values.ts";
import { printable } from "../printable.ts";

/** What `information` and `power` say; "" where they do not. */
export interface NvidiaFiles {
  /** As it is sold, with "NVIDIA" before it. */
  readonly model: string;
  /** Number of its device file /dev/nvidia<minor>. */
  readonly minor: number | undefined;
  readonly runtimeD3: string;
  readonly videoMemory: string;
}

/** Understands the two files. A GPU that nobody has used since the driver was loaded has question marks in them, and "Unknown". */
export function nvidiaFilesOf(files: { readonly information: Reading; readonly power: Reading } | undefined): NvidiaFiles {
  const information = rawTextOf(files?.information) ?? "";
  const power = rawTextOf(files?.power) ?? "";
  const minor = fieldOf(information, "Device Minor");
  return {
    model: fieldOf(information, "Model"),
    minor: /^\d{1,5}$/.test(minor) ? Number(minor) : undefined,
    runtimeD3: fieldOf(power, "Runtime D3 status"),
    videoMemory: fieldOf(power, "Video Memory"),
  };
}

/** Version in /proc/driver/nvidia/version: "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (…)". */
export function nvidiaVersionOf(version: Reading): string {
  const line = /^NVRM version: .*$/m.exec(rawTextOf(version) ?? "")?.[0] ?? "";
  return / (\d{2,4}(?:\.\d{1,4}){1,2}) /.exec(`${line} `)?.[1] ?? "";
}

/** The value of a key that stands at the start of a line: indented lines are parts of something else. */
function fieldOf(text: string, key: string): string {
  const line = text.split("\n").find((each) => each.startsWith(`${key}:`)) ?? "";
  const value = printable(line.slice(key.length + 1).trim(), 64);
  return value === "Unknown" || value.includes("?") ? "" : value;
}
