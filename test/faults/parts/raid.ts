/** A mirror of two hard disks in a machine of the corpus. */
import type { Scene } from "../scene.ts";
import { block } from "./hard-disk.ts";

const array = "sys/devices/virtual/block/md0";

/** Puts it into the machine, whole. */
export async function addMirror(scene: Scene): Promise<void> {
  const members = ["sdb", "sdc"].flatMap((member) => [
    [`slaves/${member}`, ""],
    [`md/dev-${member}/state`, "in_sync\n"],
    [`md/dev-${member}/errors`, "0\n"],
  ]);
  const own = Object.entries(block("md0", "9:0")).map(([file, text]) => [file.replace("block/md0/", ""), text]);
  await scene.writeAll(array, {
    ...Object.fromEntries(own),
    "md/uuid": "0fbf5f2c-add2-43c2-bd78-a4be3ab709ef\n",
    "md/level": "raid1\n",
    "md/array_state": "clean\n",
    "md/raid_disks": "2\n",
    "md/degraded": "0\n",
    "md/sync_action": "idle\n",
    "md/sync_completed": "none\n",
    "md/mismatch_cnt": "0\n",
    ...Object.fromEntries(members),
  });
  await scene.link("sys/block/md0", "../devices/virtual/block/md0");
}

/** One of its disks fails, or is there again. */
export async function setMember(scene: Scene, state: "faulty" | "in_sync"): Promise<void> {
  await scene.writeAll(array, {
    "md/degraded": state === "faulty" ? "1\n" : "0\n",
    "md/dev-sdc/state": `${state}\n`,
    "md/dev-sdc/errors": state === "faulty" ? "12\n" : "0\n",
  });
}
