/** The numbers of a disk's health that are kept as a history. Pure. */
import type { Sample, SubjectValue } from "../../../payload.ts";

type Health = SubjectValue<"disk_health">;

/** By the specification, whatever the size of a block. */
const bytesPerDataUnit = 512_000n;

/** Samples of one disk. What a protocol has is there though its value may be unknown; the rest only where it is known. */
export function healthSamples(id: string, health: Health): readonly Sample[] {
  const { nvme, scsi, ata } = health;
  const always = {
    temperature_celsius: health.temperatureCelsius,
    power_on_hours: numberOf(health.powerOnHours),
    ...(nvme === undefined ? {} : { available_spare_percent: nvme.availableSparePercent }),
    ...(nvme === undefined && scsi === undefined
      ? {}
      : { percentage_used: nvme?.percentageUsed ?? scsi?.percentageUsedEnduranceIndicator }),
  };
  const known = {
    percentage_used: always.percentage_used ?? ata?.percentageUsed,
    written_bytes_total: numberOf(dataUnits(nvme?.dataUnitsWritten) ?? ata?.writtenBytes ?? scsi?.writtenBytes),
    read_bytes_total: numberOf(dataUnits(nvme?.dataUnitsRead) ?? ata?.readBytes ?? scsi?.readBytes),
    media_errors_total: numberOf(mediaErrorsOf(health)),
  };
  const sampled = { ...always, ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) };
  return Object.entries(sampled).map(([name, value]) => ({ kind: "disk_health", id, name, value }));
}

function mediaErrorsOf({ nvme, ata, scsi }: Health): bigint | undefined {
  const own = nvme?.mediaAndDataIntegrityErrors ?? ata?.reportedUncorrectableErrors;
  const reads = scsi?.readTotalUncorrectedErrors;
  const writes = scsi?.writeTotalUncorrectedErrors;
  return own ?? (reads === undefined && writes === undefined ? undefined : (reads ?? 0n) + (writes ?? 0n));
}

function dataUnits(units: bigint | undefined): bigint | undefined {
  return units === undefined ? undefined : units * bytesPerDataUnit;
}

/** Above 2^53 the last digits are lost: what is drawn as a line does not need them. */
function numberOf(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
