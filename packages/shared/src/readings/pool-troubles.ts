/** What is wrong with what is made of several disks: arrays of md, pools of ZFS and btrfs. */
import type { SubjectBody } from "../api/node.ts";
import { innerSubject, innerSubjects, numberField, textField } from "./fields.ts";
import { raidMembersText } from "./storage.ts";
import { counted, type Trouble } from "./trouble.ts";

/** Of an array among the block devices. */
export function raidTroubles(device: SubjectBody): readonly Trouble[] {
  const place = textField(device, "name") || device.id;
  const array = innerSubject(device, "raidArray");
  const lacking = numberField(array, "degradedCount") ?? 0;
  const faulty = innerSubjects(array, "members").filter((member) => textField(member, "state").includes("faulty"));
  const isInactive = textField(array, "state") === "inactive";
  const members = raidMembersText(device);
  return [
    ...(isInactive ? [{ level: "high" as const, place, text: "the array does not run" }] : []),
    ...(lacking > 0
      ? [
          {
            level: "high" as const,
            place,
            text: `the array lacks ${counted(lacking, "member")}${members === "" ? "" : `: ${members}`}`,
          },
        ]
      : faulty.map((member) => ({ level: "high" as const, place, text: `its member ${textField(member, "name")} is faulty` }))),
  ];
}

/** Of a storage pool. */
export function poolTroubles(pool: SubjectBody): readonly Trouble[] {
  const place = textField(pool, "name") || pool.id;
  const state = textField(pool, "state");
  const lacking = numberField(pool, "missingDeviceCount") ?? 0;
  const errors = ["read", "write", "flush", "corruption", "generation"]
    .map((kind) => [kind, pool.samples[`${kind}_errors_total`] ?? 0] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => counted(count, `${kind} error`));
  return [
    ...(state !== "" && state !== "online" ? [{ level: "high" as const, place, text: `the pool is ${state}` }] : []),
    ...(lacking > 0 ? [{ level: "high" as const, place, text: `the pool lacks ${counted(lacking, "device")}` }] : []),
    ...(errors.length > 0 ? [{ level: "medium" as const, place, text: `the pool counted ${errors.join(", ")}` }] : []),
  ];
}
