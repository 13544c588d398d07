import { describe, expect, it } from "vitest";
import { TreeHost } from "../../test-support/tree-host.ts";
import { readPciNames } from "./pci-names.ts";

const list = `# a comment
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t73bf  Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]
# in between
\t15bf  Phoenix1
10de  NVIDIA Corporation
\t2c05  GB203 [GeForce RTX 5070 Ti]
\t\t1462 5110  Gaming Trio
8086  Intel Corporation
\t9a49  TigerLake-LP GT2 [Iris Xe Graphics]
C 10  Encryption controller
\t2c05  no device
`;

describe("readPciNames", () => {
  it("finds the name that a device is sold under, wherever the list lies", async () => {
    const ids = ["10de:2c05", "1002:73bf", "1002:15bf", "8086:9a49", "10de:ffff"];
    for (const path of ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"]) {
      expect([...(await readPciNames(new TreeHost({ [path]: list }), ids))].sort()).toEqual([
        ["1002:15bf", "AMD Phoenix1"],
        ["1002:73bf", "AMD Radeon RX 6800/6800 XT / 6900 XT"],
        ["10de:2c05", "NVIDIA GeForce RTX 5070 Ti"],
        ["8086:9a49", "Intel Iris Xe Graphics"],
      ]);
    }
  });

  it("keeps only the lines of those devices, and finds the same in what was kept", async () => {
    let kept = "";
    const host = new TreeHost({ "/usr/share/misc/pci.ids": list });
    const { readText } = host;
    host.readText = async (path, options?: { keep?: (text: string) => string }) => {
      kept = options?.keep?.(await readText.call(host, path)) ?? "";
      return kept;
    };

    expect((await readPciNames(host, ["1002:73bf", "1002:15bf"])).size).toBe(2);
    expect(kept).not.toContain("NVIDIA");
    expect((await readPciNames(new TreeHost({ "/usr/share/misc/pci.ids": kept }), ["1002:73bf", "1002:15bf"])).size).toBe(2);
  });

  it("finds nothing where there is no list, and asks for none without a device", async () => {
    expect((await readPciNames(new TreeHost(), ["10de:2c05"])).size).toBe(0);
    expect((await readPciNames(new TreeHost(), [])).size).toBe(0);
  });
});
