/** Kind board: the machine as its maker calls it. */
import { type HostFiles, pathsIn, textIn } from "../host-files.ts";
import { malformed } from "../malformed.ts";
import { cut, printable } from "../printable.ts";
import { type Finding, sectionOf } from "../section.ts";
import { dmiField, dmiFiles, dmiFolder } from "./dmi.ts";
import type { SystemSection } from "./system-section.ts";

/** /proc/device-tree is an absolute link to it, which a container cannot follow. */
const deviceTree = "/sys/firmware/devicetree/base";
/** Only a Raspberry Pi has it. */
const bootloader = `${deviceTree}/chosen/bootloader`;

/** The section. */
export const board: SystemSection = {
  inventory: "board",
  folders: (isResting) => (isResting ? [] : [dmiFolder, deviceTree, bootloader]),
  files: () => [],
  furtherFiles: (listed, isResting) =>
    isResting
      ? []
      : [
          ...dmiFiles(listed),
          ...pathsIn(listed, deviceTree, ["model", "compatible"]),
          ...pathsIn(listed, bootloader, ["version"]),
        ],
  parse: (files, isResting) => [
    sectionOf("board", "", () => (isResting ? { value: {} } : (firmwareBoard(files) ?? deviceTreeBoard(files)))),
  ],
};

function firmwareBoard(files: HostFiles): Finding<"board"> | undefined {
  const [vendor, productName, boardName] = ["sys_vendor", "product_name", "board_name"].map((name) => dmiField(files, name));
  if (vendor === undefined && productName === undefined && boardName === undefined) return undefined;
  return {
    value: {
      vendor: vendor || dmiField(files, "board_vendor") || "",
      productName: productName ?? "",
      boardName: boardName ?? "",
      firmwareVersion: dmiField(files, "bios_version") ?? "",
      firmwareDate: cut(dmiField(files, "bios_date") ?? "", 64),
    },
  };
}

/** Texts of a device tree end in NUL. */
function deviceTreeBoard(files: HostFiles): Finding<"board"> | undefined {
  const text = textIn(files, deviceTree, "model");
  if (text === undefined) return undefined;
  const productName = printable(text.replaceAll("\0", "").trim());
  if (productName === "") throw malformed(`${deviceTree}/model`, "it is empty");
  const [firstCompatible = ""] = (textIn(files, deviceTree, "compatible") ?? "").split(",");
  return {
    value: {
      vendor: vendors.get(firstCompatible) ?? printable(firstCompatible),
      productName,
      firmwareVersion: printable((textIn(files, bootloader, "version") ?? "").replaceAll("\0", "").trim()),
    },
  };
}

/** Prefixes of `compatible` (kernel documentation, vendor-prefixes.yaml) for the boards that people run clusters on. */
const vendors: ReadonlyMap<string, string> = new Map([
  ["raspberrypi", "Raspberry Pi Ltd"],
  ["radxa", "Radxa"],
  ["xunlong", "Orange Pi"],
  ["hardkernel", "Hardkernel"],
  ["friendlyarm", "FriendlyElec"],
  ["pine64", "Pine64"],
  ["nvidia", "NVIDIA"],
  ["turing", "Turing Machines"],
  ["khadas", "Khadas"],
  ["libretech", "Libre Computer"],
]);
