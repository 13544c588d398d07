/** How what can be changed of Longhorn's node by itself is named: `tags/TAG`, `disks/NAME/tags/TAG`, `disks/NAME/allowScheduling`. */

/** What a name means. */
export type LonghornItem =
  | { readonly kind: "node-tag"; readonly tag: string }
  | { readonly kind: "disk-tag"; readonly disk: string; readonly tag: string }
  | { readonly kind: "switch"; readonly disk: string; readonly field: DiskSwitch };

/** Switches of a disk. */
export type DiskSwitch = "allowScheduling" | "evictionRequested";

/** Value of a tag that is there; switches are "true" and "false". */
export const present = "true";

/** Writes one. A disk's name may have a slash, a tag may as well; only that of the disk is written otherwise. */
export function itemText(item: LonghornItem): string {
  switch (item.kind) {
    case "node-tag":
      return `tags/${item.tag}`;
    case "disk-tag":
      return `disks/${escaped(item.disk)}/tags/${item.tag}`;
    case "switch":
      return `disks/${escaped(item.disk)}/${item.field}`;
  }
}

/** Reads one; undefined where it is none. */
export function itemOf(text: string): LonghornItem | undefined {
  const [, nodeTag] = /^tags\/(.+)$/.exec(text) ?? [];
  if (nodeTag !== undefined) return { kind: "node-tag", tag: nodeTag };
  const [, name = "", rest = ""] = /^disks\/([^/]+)\/(.+)$/.exec(text) ?? [];
  const disk = name.replaceAll("%2F", "/").replaceAll("%25", "%");
  if (rest === "allowScheduling" || rest === "evictionRequested") return { kind: "switch", disk, field: rest };
  const [, tag] = /^tags\/(.+)$/.exec(rest) ?? [];
  return tag === undefined ? undefined : { kind: "disk-tag", disk, tag };
}

function escaped(name: string): string {
  return name.replaceAll("%", "%25").replaceAll("/", "%2F");
}
