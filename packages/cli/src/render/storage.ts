/** Filesystems with what they lie on, and what is made of several disks: arrays and pools. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatPercent, formatSize } from "@nodekeeper/shared/format";
import {
  filesystemUsedPercent,
  fillLimits,
  inodesUsedPercent,
  presentSubjects,
  raidArrays,
  raidMembersText,
  raidText,
  storageChain,
} from "@nodekeeper/shared/readings";
import type { Cell, Column } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { list, section, type View } from "./section.ts";

/** Rows in the short form. */
const filesystemLimit = 7;
const poolLimit = 5;

const filesystemColumns: readonly Column[] = [
  { title: "FILESYSTEM", minimumWidth: 16 },
  { title: "TYPE", minimumWidth: 4 },
  { title: "SIZE", align: "right" },
  { title: "FREE", align: "right" },
  { title: "USED", align: "right" },
  { title: "INODES", align: "right", isOptional: true },
  { title: "LIES ON" },
];
const poolColumns: readonly Column[] = [{ title: "ARRAY, POOL", minimumWidth: 8 }, { title: "STATE" }, { title: "MEMBERS" }];

/** The table; what has fallen read-only first, then the fullest. */
export function renderFilesystems(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const filesystems = [...presentSubjects(subjects, "filesystem")].sort(
    (a, b) => Number(hasFallen(b)) - Number(hasFallen(a)) || (filesystemUsedPercent(b) ?? -1) - (filesystemUsedPercent(a) ?? -1),
  );
  const rows = filesystems.map((filesystem) => filesystemRow(filesystem, subjects, view));
  return section(terminal, view, { columns: filesystemColumns, rows, limit: filesystemLimit });
}

/** Arrays of md, and pools of ZFS and btrfs; "" on a machine without. */
export function renderPools(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const arrays = raidArrays(subjects).map((device): readonly Cell[] => [
    textField(device, "name") || device.id,
    raidText(device),
    raidMembersText(device),
  ]);
  const pools = presentSubjects(subjects, "storage_pool").map((pool): readonly Cell[] => {
    const state = textField(pool, "state");
    return [
      textField(pool, "name") || pool.id,
      { text: list(textField(pool, "type"), state), tone: state === "online" ? "good" : state === "" ? "plain" : "bad" },
      textsField(pool, "devices").join(", "),
    ];
  });
  return section(terminal, view, { columns: poolColumns, rows: [...arrays, ...pools], limit: poolLimit });
}

function filesystemRow(filesystem: SubjectBody, subjects: readonly SubjectBody[], view: View): readonly Cell[] {
  const available = filesystem.samples["available_bytes"];
  const size = numberField(filesystem, "sizeBytes");
  const inodes = inodesUsedPercent(filesystem);
  return [
    filesystem.id,
    textField(filesystem, "type"),
    size === undefined ? "?" : formatSize(size),
    available === undefined ? "?" : formatSize(available),
    percentCell(filesystemUsedPercent(filesystem)),
    view.isAll || (inodes ?? 0) >= fillLimits.warningPercent ? percentCell(inodes, "") : "",
    list(
      hasFallen(filesystem) ? "FALLEN READ-ONLY" : booleanField(filesystem, "isReadOnly") === true ? "read-only" : "",
      storageChain(filesystem, subjects).join(" → "),
      longhornText(filesystem, subjects),
    ),
  ];
}

function percentCell(percent: number | undefined, unknown = "?"): Cell {
  if (percent === undefined) return unknown;
  const tone = percent >= fillLimits.badPercent ? "bad" : percent >= fillLimits.warningPercent ? "warning" : "plain";
  return { text: formatPercent(percent), tone };
}

function hasFallen(filesystem: SubjectBody): boolean {
  return booleanField(filesystem, "hasFallenReadOnly") === true;
}

/** Directories in it that Longhorn keeps replicas in. */
function longhornText(filesystem: SubjectBody, subjects: readonly SubjectBody[]): string {
  const disks = presentSubjects(subjects, "longhorn_disk").filter((disk) => textField(disk, "mountPoint") === filesystem.id);
  return disks.length === 0 ? "" : `Longhorn: ${disks.map((disk) => disk.id).join(" ")}`;
}
