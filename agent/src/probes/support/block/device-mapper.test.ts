import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rawBlockDevice } from "../../test-support/raw-block-device.ts";
import { deviceMapperOf } from "./device-mapper.ts";

function targetOf(uuid: string, name: string): ReturnType<typeof deviceMapperOf> {
  return deviceMapperOf(rawBlockDevice("dm-0", { "dm/uuid": `${uuid}\n`, "dm/name": `${name}\n`, "dm/suspended": "1\n" }));
}

describe("deviceMapperOf", () => {
  it.each([
    { uuid: "LVM-abc", name: "vg0-root", expected: { type: "lvm", volumeGroup: "vg0", logicalVolume: "root" } },
    { uuid: "LVM-abc", name: "ubuntu--vg-my--lv", expected: { type: "lvm", volumeGroup: "ubuntu-vg", logicalVolume: "my-lv" } },
    { uuid: "LVM-abc-real", name: "vg0-snap-real", expected: { type: "lvm", volumeGroup: "vg0", logicalVolume: "snap" } },
    { uuid: "LVM-abc", name: "odd", expected: { type: "lvm", volumeGroup: "", logicalVolume: "" } },
    { uuid: "CRYPT-LUKS2-1-luks", name: "vg0-root", expected: { type: "crypt", volumeGroup: "", logicalVolume: "" } },
    { uuid: "mpath-3600508b1001c", name: "mpathA", expected: { type: "mpath", volumeGroup: "" } },
    { uuid: "part1-mpath-3600508b1001c", name: "mpathA1", expected: { type: "part" } },
    { uuid: "", name: "by-hand", expected: { type: "", name: "by-hand" } },
  ])("tells $name of $uuid", ({ uuid, name, expected }) => {
    expect(targetOf(uuid, name)).toMatchObject({ ...expected, name, isSuspended: true });
  });

  it("gives back every group and volume that LVM could have named", () => {
    const lvmName = fc.stringMatching(/^[a-z0-9_.+][a-z0-9_.+-]{0,30}$/);
    fc.assert(
      fc.property(lvmName, lvmName, (group, volume) => {
        const name = [group, volume].map((part) => part.replaceAll("-", "--")).join("-");
        expect(targetOf("LVM-x", name)).toMatchObject({ volumeGroup: group, logicalVolume: volume });
      }),
    );
  });
});
