/** A disk's health out of smartctl's document: what all protocols share, and the part of the disk's own protocol. Pure. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type DiskHealthSchema, HealthStatus, PowerState } from "@nodekeeper/proto";
import { at, countOf, elementsOf, integerOf, textOf } from "../document-values.ts";
import { ataAttributesOf } from "./ata-attributes.ts";
import { ataHealthOf } from "./ata-health.ts";
import type { AtaIdentity } from "./ata-vendor.ts";
import { knownTroubleOf } from "./known-trouble.ts";
import { celsius, maximumCount, maximumHours } from "./limits.ts";
import { nvmeHealthOf } from "./nvme-health.ts";
import { printedValue } from "./printed-lines.ts";
import { scsiHealthOf } from "./scsi-health.ts";
import { selfTestLogOf } from "./self-test-log.ts";

/** The health that the document tells; undefined where it tells none, though it may name the disk. */
export function diskHealthOf(document: unknown): MessageInitShape<typeof DiskHealthSchema> | undefined {
  const protocol = textOf(at(document, "device", "protocol"), 16);
  const nvme = nvmeHealthOf(document);
  const ataAttributes = ataAttributesOf(document);
  const identity = identityOf(document);
  const told = {
    status: statusOf(document),
    temperatureCelsius: temperatureOf(document, protocol),
    powerOnHours: countOf(at(document, "power_on_time", "hours"), maximumHours) ?? nvme?.powerOnHours,
    powerCycles: countOf(at(document, "power_cycle_count"), maximumCount) ?? nvme?.powerCycles,
    nvme,
    scsi: scsiHealthOf(document),
    ata: protocol === "ATA" ? ataHealthOf(document, ataAttributes, identity) : undefined,
  };
  const tellsNothing =
    told.status === HealthStatus.UNSPECIFIED &&
    ataAttributes.length === 0 &&
    [told.temperatureCelsius, told.powerOnHours, told.powerCycles, nvme, told.scsi, told.ata].every((part) => part === undefined);
  if (tellsNothing) return undefined;
  return {
    ...told,
    ataAttributes: [...ataAttributes],
    protocol,
    ...identity,
    powerState: powerStateOf(document, protocol),
    selfTestLog: selfTestLogOf(document),
    knownTrouble: [...knownTroubleOf(identity.modelName, identity.firmwareVersion)],
  };
}

function identityOf(document: unknown): Identity {
  return {
    modelName: firstText(document, "model_name", "scsi_model_name", "product"),
    serialNumber: firstText(document, "serial_number"),
    firmwareVersion: firstText(document, "firmware_version", "scsi_revision", "revision"),
    modelFamily: firstText(document, "model_family"),
    formFactor: textOf(at(document, "form_factor", "name"), 64),
    rotationRateRpm: integerOf(at(document, "rotation_rate"), 0, maximumRpm),
  };
}

interface Identity extends AtaIdentity {
  readonly serialNumber: string;
  readonly firmwareVersion: string;
  readonly formFactor: string;
}

/** The fastest disks turn 15,000 times a minute. */
const maximumRpm = 100_000;

function firstText(document: unknown, ...keys: readonly string[]): string {
  const isShort = keys.includes("firmware_version");
  return keys.map((key) => textOf(at(document, key), isShort ? 64 : 256)).find((text) => text !== "") ?? "";
}

function statusOf(document: unknown): HealthStatus {
  const passed = at(document, "smart_status", "passed");
  if (passed === true) return HealthStatus.PASSED;
  return passed === false ? HealthStatus.FAILED : HealthStatus.UNSPECIFIED;
}

/**
 * NVMe says 0 K where it has no sensor, and smartctl leaves that out; ATA and SCSI disks without one say 0 °C. A SCSI disk may instead have
 * one among its environmental reports. Raw values of ATA attributes are never taken: minimum and maximum are packed into them.
 */
function temperatureOf(document: unknown, protocol: string): number | undefined {
  const current = integerOf(at(document, "temperature", "current"), celsius.minimum, celsius.maximum);
  if (current !== 0 || protocol === "NVMe") return current;
  const environmental = at(document, "scsi_environmental_reports", "temperature_1", "current");
  return integerOf(environmental, celsius.minimum, celsius.maximum) || undefined;
}

/**
 * Asked with -n, an ATA disk that gave a reading was awake, unless it does not know the question. A SCSI disk says so in the text, from
 * smartctl 7.2 on; older ones do not ask it.
 */
function powerStateOf(document: unknown, protocol: string): PowerState {
  const messages = elementsOf(at(document, "smartctl", "messages")).map((entry) => textOf(at(entry, "string")));
  const isUnknown = messages.some((message) => message.startsWith("CHECK POWER MODE"));
  const isAwake = protocol === "ATA" ? !isUnknown : protocol === "SCSI" && printedValue(document, "Power mode is") === "ACTIVE";
  return isAwake ? PowerState.ACTIVE : PowerState.UNSPECIFIED;
}
