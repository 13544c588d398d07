/** What the firmware of a PC says about the machine, without the words that vendors forgot to replace. */
import { type HostFiles, pathsIn, textIn } from "../host-files.ts";
import { printable } from "../printable.ts";

/** Where the fields lie; not there on most ARM boards. */
export const dmiFolder: string = "/sys/class/dmi/id";

/** The fields that anyone may read. */
export function dmiFiles(listed: HostFiles): readonly string[] {
  return pathsIn(listed, dmiFolder, fields);
}

const fields = ["sys_vendor", "product_name", "board_vendor", "board_name", "bios_vendor", "bios_version", "bios_date"];

/** A field; empty where the firmware does not fill it in. Undefined where there is no such field. Throws where it could not be read. */
export function dmiField(files: HostFiles, name: string): string | undefined {
  const text = textIn(files, dmiFolder, name);
  if (text === undefined) return undefined;
  const value = printable(text.trim());
  return placeholder.test(value) ? "" : value;
}

/** "Default string", "To be filled by O.E.M." and their like, seen on mini PCs and boards of every vendor. */
const placeholder =
  /^(?:to be filled by o\.?e\.?m\.?|default string|system (?:product name|manufacturer|version)|not (?:specified|applicable|available)|none|unknown|o\.?e\.?m\.?|x\.x|0+|\.|-|\*)$/i;
