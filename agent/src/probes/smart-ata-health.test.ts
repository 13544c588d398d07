/** What is made of the attributes and statistics of ATA disks. */
import { describe, expect, it } from "vitest";
import { diskHealthOf } from "./support/smart/disk-health.ts";

type Health = NonNullable<ReturnType<typeof diskHealthOf>>;

function ata(
  rows: readonly (readonly [id: number, name: string, value: number, raw: number | bigint, text?: string])[],
  more: object = {},
): Health {
  const table = rows.map(([id, name, value, raw, text]) => ({
    id,
    name,
    value,
    worst: value,
    raw: { value: raw, string: text ?? String(raw) },
  }));
  const health = diskHealthOf({ device: { protocol: "ATA" }, ata_smart_attributes: { table }, ...more });
  if (health === undefined) throw new Error("the document tells nothing");
  return health;
}

describe("feature 34: raw values that vendors pack", () => {
  const seagate = { model_name: "ST4000DM004-2CV104", model_family: "Seagate BarraCuda 3.5", rotation_rate: 5425 };

  it("takes Seagate's attributes 1, 7 and 188 apart", () => {
    const rows = [
      [1, "Raw_Read_Error_Rate", 80, (3n << 32n) | 184_476_319n],
      [7, "Seek_Error_Rate", 82, (2n << 32n) | 1n],
      [188, "Command_Timeout", 100, (1n << 32n) | (2n << 16n) | 5n],
    ] as const;

    expect(ata(rows, seagate).ata).toEqual({
      readErrors: 3n,
      seekErrors: 2n,
      commandTimeoutCount: 5n,
      commandTimeoutOver5SecondsCount: 2n,
      commandTimeoutOver75SecondsCount: 1n,
    });
  });

  it("tells nothing of these attributes of other vendors but a plain count", () => {
    const rows = [
      [1, "Raw_Read_Error_Rate", 200, 4_294_967_295n],
      [7, "Seek_Error_Rate", 200, 7n << 32n],
      [188, "Command_Timeout", 100, 27],
    ] as const;

    expect(ata(rows, { model_name: "WDC WD40EFRX", rotation_rate: 5400 }).ata).toEqual({ commandTimeoutCount: 27n });
    expect(ata([[188, "Command_Timeout", 100, 17_180_131_332n]], { model_name: "WDC WD40EFRX" }).ata).toBeUndefined();
  });

  it("does not take a flash disk of Seagate for one that packs", () => {
    const flash = {
      model_name: "Seagate BarraCuda 120 SSD ZA500CM10003",
      model_family: "Seagate BarraCuda 120 SSD",
      rotation_rate: 0,
    };

    expect(
      ata(
        [
          [188, "Command_Timeout", 100, 17_180_131_332n],
          [5, "Reallocated_Sector_Ct", 100, 1],
        ],
        flash,
      ).ata,
    ).toEqual({
      reallocatedSectorCount: 1n,
    });
  });

  it("takes no raw value for a temperature or hours", () => {
    const health = ata(
      [
        [9, "Power_On_Hours", 96, 3_342_485_283_705_022n, "37054h+12m+58.233s"],
        [190, "Airflow_Temperature_Cel", 81, 420_413_459, "19 (Min/Max 15/25)"],
      ],
      { temperature: { current: 19 }, power_on_time: { hours: 37_054 } },
    );

    expect(health).toMatchObject({ temperatureCelsius: 19, powerOnHours: 37_054n });
    expect(ata([[9, "Power_On_Hours", 96, 3_342_485_283_705_022n]]).powerOnHours).toBeUndefined();
  });

  it("counts an attribute only under the name of its meaning", () => {
    const rows = [
      [5, "Unknown_Attribute", 100, 3],
      [196, "Not_In_Use", 100, 4],
      [197, "Total_Unc_Read_Failures", 100, 5],
      [198, "Host_Reads_GiB", 100, 6],
      [199, "Host_Writes_GiB", 100, 7],
      [184, "Initial_Bad_Block_Count", 100, 8],
    ] as const;

    expect(ata(rows).ata).toBeUndefined();
  });

  it.each<
    readonly [name: string, row: readonly [number, string, number, number | bigint], more: object, used: number | undefined]
  >([
    ["Samsung's falling value", [177, "Wear_Leveling_Count", 81, 278], { model_family: "Samsung based SSDs" }, 19],
    ["not the same name of another vendor", [177, "Wear_Leveling_Count", 81, 278], { model_family: "Apacer SSDs" }, undefined],
    [
      "Intel's falling value",
      [233, "Media_Wearout_Indicator", 22, 0],
      { model_family: "Intel 730 and DC S35x0/3610/3700 Series SSDs" },
      78,
    ],
    ["not WD's value of that name", [233, "Media_Wearout_Indicator", 100, 65_406], { model_name: "WDC WDS400T1R0A" }, undefined],
    ["what Micron calls remaining and is used", [202, "Percent_Lifetime_Remain", 99, 1], { model_family: "Micron 5100" }, 1],
    ["no value that contradicts itself", [202, "Percent_Lifetime_Remain", 99, 99], { model_family: "Micron 5100" }, undefined],
    ["what is used beyond the end", [202, "Percent_Lifetime_Remain", 1, 117], { model_family: "Micron 5100" }, 117],
    ["what Phison says is left", [231, "SSD_Life_Left", 100, 74], { model_family: "Phison Driven SSDs" }, 26],
    [
      "SandForce's value, whose raw one is packed",
      [231, "SSD_Life_Left", 95, 4_294_967_296n],
      { model_family: "SandForce Driven SSDs" },
      5,
    ],
    ["a name that says it", [169, "Remaining_Lifetime_Perc", 100, 88], {}, 12],
    ["no temperature of a disk that turns", [231, "Temperature_Celsius", 100, 30], {}, undefined],
  ])("reads wear: %s", (_, row, more, used) => {
    expect(ata([row], more).ata?.percentageUsed).toBe(used);
  });

  it.each<
    readonly [name: string, row: readonly [number, string, number, number | bigint], more: object, bytes: bigint | undefined]
  >([
    ["32 MiB", [241, "Host_Writes_32MiB", 100, 10], {}, 335_544_320n],
    ["GiB", [241, "Lifetime_Writes_GiB", 100, 10], {}, 10_737_418_240n],
    ["sectors of a disk that turns", [241, "Total_LBAs_Written", 100, 10], { rotation_rate: 7200 }, 5_120n],
    ["sectors of 4096 bytes", [241, "Total_LBAs_Written", 100, 10], { rotation_rate: 7200, logical_block_size: 4096 }, 40_960n],
    [
      "nothing under the name that unknown flash disks get",
      [241, "Total_LBAs_Written", 100, 10],
      { rotation_rate: 0 },
      undefined,
    ],
    ["Micron's sectors", [246, "Total_LBAs_Written", 100, 10], {}, 5_120n],
    ["not what the disk wrote for itself", [246, "SLC_Writes_32MiB", 100, 10], {}, undefined],
  ])("reads written bytes in the unit of the name: %s", (_, row, more, bytes) => {
    expect(ata([row], more).ata?.writtenBytes).toBe(bytes);
  });

  it("believes device statistics before attributes, if the disk says that they are valid", () => {
    const row = (offset: number, value: number, valid = true): object => ({ offset, value, flags: { valid } });
    const pages = [
      { number: 1, table: [row(24, 1000), row(40, 2000)] },
      { number: 4, table: [row(8, 3)] },
      { number: 7, table: [row(8, 12)] },
    ];
    const attributes = [[241, "Host_Writes_32MiB", 100, 10]] as const;

    expect(ata(attributes, { ata_device_statistics: { pages } }).ata).toEqual({
      writtenBytes: 512_000n,
      readBytes: 1_024_000n,
      reportedUncorrectableErrors: 3n,
      percentageUsed: 12,
    });
    const invalid = [{ number: 7, table: [row(8, 12, false)] }];
    expect(ata(attributes, { ata_device_statistics: { pages: invalid } }).ata).toEqual({ writtenBytes: 335_544_320n });
  });
});
