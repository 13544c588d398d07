import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBootConfiguration } from "./boot-configuration.ts";

describe("config.txt", () => {
  const pi5 = 0x17;

  it.each([
    { name: "nothing", text: "", on: undefined, generation: undefined },
    { name: "both at once", text: "dtparam=pciex1,pciex1_gen=3", on: true, generation: 3 },
    { name: "the other name", text: "dtparam=nvme\r\n", on: true, generation: undefined },
    { name: "off", text: "dtparam=pciex1=off", on: false, generation: undefined },
    { name: "comments", text: "#dtparam=pciex1_gen=3\n  # dtparam=pciex1", on: undefined, generation: undefined },
    { name: "the last word", text: "dtparam=pciex1_gen=3\ndtparam=pciex1_gen=2", on: undefined, generation: 2 },
    {
      name: "another model's part",
      text: "[pi4]\ndtparam=pciex1_gen=3\n[cm5]\ndtparam=nvme",
      on: undefined,
      generation: undefined,
    },
    { name: "its own part", text: "[pi4]\n[pi5]\ndtparam=pciex1_gen=3", on: undefined, generation: 3 },
    { name: "nobody's part", text: "[none]\ndtparam=nvme\n[all]\ndtparam=pciex1_gen=1", on: undefined, generation: 1 },
    { name: "what depends on a pin", text: "dtparam=nvme\n[gpio4=1]\ndtparam=nvme=off", on: undefined, generation: undefined },
    { name: "a generation that there is not", text: "dtparam=pciex1_gen=7", on: undefined, generation: undefined },
  ])("is read with $name", ({ text, on, generation }) => {
    expect(parseBootConfiguration(text, new Map(), pi5)).toEqual({ isPcieOn: on, pcieGeneration: generation });
  });

  it("gives a Compute Module what stands for its family", () => {
    expect(parseBootConfiguration("[pi5]\ndtparam=pciex1_gen=3", new Map(), 0x18)).toMatchObject({ pcieGeneration: 3 });
  });

  it("no text is too odd for it", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = parseBootConfiguration(`${text}\n[${text}]\ndtparam=${text}`, new Map([[text, text]]), pi5);

        expect(Object.keys(found)).toEqual(["isPcieOn", "pcieGeneration"]);
      }),
    );
  });
});
