/** Kind memory. */
import { requiredTextAt, textAt } from "../host-files.ts";
import { integerIn, malformed } from "../malformed.ts";
import { sectionOf } from "../section.ts";
import type { SystemSection } from "./system-section.ts";

const meminfo = "/proc/meminfo";
const vmstat = "/proc/vmstat";

/** The section. */
export const memory: SystemSection = {
  folders: () => [],
  files: () => [meminfo, vmstat],
  parse: (files) => [
    sectionOf("memory", "", () => {
      const bytes = readerOf(requiredTextAt(files, meminfo));
      const totalBytes = bytes("MemTotal");
      if (totalBytes === undefined) throw malformed(meminfo, "it has no MemTotal");
      const swapTotalBytes = bytes("SwapTotal");
      return {
        value: {
          totalBytes: BigInt(totalBytes),
          swapTotalBytes: swapTotalBytes === undefined ? undefined : BigInt(swapTotalBytes),
        },
        samples: {
          available_bytes: bytes("MemAvailable"),
          free_bytes: bytes("MemFree"),
          buffers_bytes: bytes("Buffers"),
          cached_bytes: bytes("Cached"),
          dirty_bytes: bytes("Dirty"),
          swap_free_bytes: bytes("SwapFree"),
          out_of_memory_kills_total: outOfMemoryKills(textAt(files, vmstat)),
        },
      };
    }),
  ],
};

/** An exbibyte. */
const kilobytes = { minimum: 0, maximum: 2 ** 50 };

/** Gives the bytes of a line "Name:  123 kB" (the kernel's kB are 1024 bytes); undefined where the kernel has no such line. */
function readerOf(text: string): (name: string) => number | undefined {
  return (name) => {
    const value = new RegExp(`^${name}: *(.*)$`, "m").exec(text)?.[1];
    if (value === undefined) return undefined;
    if (!value.endsWith(" kB")) throw malformed(meminfo, `${name} is not in kB`, value);
    return integerIn(meminfo, name, value.slice(0, -" kB".length), kilobytes) * 1024;
  };
}

/** Unknown before Linux 4.13. */
function outOfMemoryKills(text: string | undefined): number | undefined {
  const value = /^oom_kill (.*)$/m.exec(text ?? "")?.[1];
  return value === undefined ? undefined : integerIn(vmstat, "oom_kill", value);
}
