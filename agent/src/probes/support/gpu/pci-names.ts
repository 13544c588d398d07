/**
 * What a PCI device is called, by the list that nearly every host has (package pci.ids or hwdata): a table of our own would be out of date with
 * the next card. Of its 40,000 lines only the wanted ones are kept.
 */
import type { Host } from "../../../host/host.ts";
import { readFile } from "../../../host/reading.ts";
import { printable } from "../printable.ts";

const places = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];
const maximumBytes = 8 << 20;

/** Names by PCI id (10de:2c05). Ids that the list lacks are left out; without a list, all of them. */
export async function readPciNames(host: Host, pciIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (pciIds.length === 0) return new Map();
  const keep = (text: string): string => [...entriesIn(text, pciIds)].map(({ lines }) => lines).join("\n");
  for (const path of places) {
    const list = await readFile(host, path, { maximumBytes, keep });
    if (list.outcome === "ok") return new Map([...entriesIn(list.value, pciIds)].map(({ id, name }) => [id, name]));
  }
  return new Map();
}

interface Entry {
  readonly id: string;
  readonly name: string;
  /** The vendor's line and the device's. */
  readonly lines: string;
}

/** A vendor's line is "10de  NVIDIA Corporation"; its devices follow, as "\t2c05  GB203 [GeForce RTX 5070 Ti]", then classes ("C 03  …"). */
function* entriesIn(text: string, pciIds: readonly string[]): Generator<Entry> {
  let vendorLine = "";
  for (const line of text.split("\n")) {
    if (/^[0-9a-fA-FC]/.test(line)) vendorLine = line;
    const id = `${vendorLine.slice(0, 4)}:${line.slice(1, 5)}`;
    if (!/^\t[0-9a-f]{4} {2}/.test(line) || !pciIds.includes(id)) continue;
    yield { id, name: nameOf(vendorLine.slice(6), line.slice(7)), lines: `${vendorLine}\n${line}` };
  }
}

/** What is sold has its name in brackets, behind the name of its chip; so has the vendor: "Advanced Micro Devices, Inc. [AMD/ATI]". */
function nameOf(vendor: string, device: string): string {
  const sold = /\[(.+)\]\s*$/.exec(device)?.[1] ?? device.trim();
  const maker = /\[([A-Za-z]+)/.exec(vendor)?.[1] ?? vendor.split(/[ ,]/)[0] ?? "";
  return printable(`${maker} ${sold}`.trim());
}
