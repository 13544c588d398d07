/** Filesystems that lie on the node itself: a share is its server's. */

import { isFreshAndOk } from "../../state/node-view.ts";
import { bounded, type Chapter, type Family, labelsOf } from "../chapter.ts";
import { flag, numberNow, plain, seconds, subjectsOf } from "../node-subjects.ts";

const size: Family = { name: "nodekeeper_filesystem_size_bytes", type: "gauge", help: "Size of the filesystem." };
const used: Family = { name: "nodekeeper_filesystem_used_bytes", type: "gauge", help: "Of that in use." };
const available: Family = {
  name: "nodekeeper_filesystem_available_bytes",
  type: "gauge",
  help: "Of that free for unprivileged users; together with what is used less than the size where root has a reserve.",
};
const inodes: Family = {
  name: "nodekeeper_filesystem_inodes",
  type: "gauge",
  help: "Inodes in all; not there where the filesystem makes them as needed.",
};
const inodesFree: Family = {
  name: "nodekeeper_filesystem_inodes_free",
  type: "gauge",
  help: "Inodes that are free; not there as above.",
};
const readOnly: Family = { name: "nodekeeper_filesystem_read_only", type: "gauge", help: "1 while it cannot be written." };
const full: Family = {
  name: "nodekeeper_filesystem_predicted_full_timestamp_seconds",
  type: "gauge",
  help: "When it will probably be full, in seconds since 1970, by its history of weeks; not there when it fills too slowly to tell.",
};

export const filesystems: Chapter = {
  families: [size, used, available, inodes, inodesFree, readOnly, full],
  write(node, moment, sheet) {
    const mounted = subjectsOf(node, "disks", "filesystem", moment.nowMs).filter(isFreshAndOk);
    for (const subject of bounded(mounted, "filesystem", node.name, moment)) {
      if (subject.value?.case !== "filesystem" || subject.value.value.isRemote === true) continue;
      const { deviceName, type, sizeBytes, inodesTotal, isReadOnly } = subject.value.value;
      const labels = labelsOf({ node: node.name, mount_point: subject.id, device: deviceName, type });
      sheet.add(size, labels, plain(sizeBytes));
      sheet.add(used, labels, numberNow(subject, "used_bytes"));
      sheet.add(available, labels, numberNow(subject, "available_bytes"));
      if (inodesTotal !== 0n) {
        sheet.add(inodes, labels, plain(inodesTotal));
        sheet.add(inodesFree, labels, numberNow(subject, "inodes_free"));
      }
      sheet.add(readOnly, labels, flag(isReadOnly));
      sheet.add(full, labels, seconds(moment.fullAtMs(node.name, subject.id)));
    }
  },
};
