/** A filesystem is full. */
import { type Fault, minuteMs } from "../fault.ts";
import { setUsed } from "../parts/filesystem.ts";

export const diskFull: Fault = {
  name: "disk-full",
  title: "The root filesystem of a server is 97 % full",
  source: "monitoring facts 18.5; what a container's log does in a night",
  machine: "neko",
  probes: ["disks"],
  acts: [{ what: "/: 53 → 97 % used", change: (scene) => setUsed(scene, "/", 97) }],
  comes: [{ rule: "disk-nearly-full", subject: "filesystem", severity: "high", text: /\/ is 97 % full/, withinMs: 4 * minuteMs }],
  mended: { what: "somebody cleans up", change: (scene) => setUsed(scene, "/", 50) },
  overWithinMs: 8 * minuteMs,
};
