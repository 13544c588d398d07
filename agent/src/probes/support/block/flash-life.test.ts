import { describe, expect, it } from "vitest";
import { rawBlockDevice } from "../../test-support/raw-block-device.ts";
import { flashLifeOf } from "./flash-life.ts";

function lifeOf(lifeTime: string, preEol = ""): ReturnType<typeof flashLifeOf> {
  return flashLifeOf(
    rawBlockDevice("mmcblk0", { "device/type": "MMC\n", "device/life_time": lifeTime, "device/pre_eol_info": preEol }),
  );
}

describe("flashLifeOf", () => {
  it.each([
    { text: "0x00 0x00\n", a: undefined, b: undefined },
    { text: "0x01 0x02\n", a: 10, b: 20 },
    { text: "0x0A 0x0b\n", a: 100, b: 110 },
    { text: "0x0c 0xff\n", a: undefined, b: undefined },
    { text: "11 12\n", a: undefined, b: undefined },
    { text: "", a: undefined, b: undefined },
  ])("tells steps of ten percent of $text", ({ text, a, b }) => {
    expect(lifeOf(text)).toMatchObject({ cardType: "mmc", usedTypeAPercent: a, usedTypeBPercent: b });
  });

  it.each([
    { text: "0x00\n", state: "" },
    { text: "0x01\n", state: "normal" },
    { text: "0x02\n", state: "warning" },
    { text: "0x03\n", state: "urgent" },
    { text: "0x04\n", state: "" },
  ])("tells the reserve of $text", ({ text, state }) => {
    expect(lifeOf("0x01 0x01\n", text)).toMatchObject({ reserveState: state });
  });

  it("tells nothing of a card that says nothing but its type, and of no other device", () => {
    expect(flashLifeOf(rawBlockDevice("mmcblk1", { "device/type": "SD\n" }))).toEqual({
      cardType: "sd",
      usedTypeAPercent: undefined,
      usedTypeBPercent: undefined,
      reserveState: "",
    });
    expect(flashLifeOf(rawBlockDevice("sda", { "device/type": "0\n" }))).toBeUndefined();
  });
});
