/** Who made an ATA disk, as far as the meaning of its attributes hangs on it. Pure. */

/** What the disk and smartctl's drive database say of it. */
export interface AtaIdentity {
  readonly modelName: string;
  /** Empty where the database does not know the disk. */
  readonly modelFamily: string;
  /** 0 for flash; undefined where the disk does not say. */
  readonly rotationRateRpm: number | undefined;
}

/** A spinning disk of Seagate: its attributes 1, 7 and 188 pack several numbers. Seagate's flash disks have controllers of others. */
export function isSpinningSeagate({ modelName, modelFamily, rotationRateRpm }: AtaIdentity): boolean {
  const isSeagate = /^Seagate\b/.test(modelFamily) || /^(?:Seagate )?ST\d{3,}[A-Z]/i.test(modelName);
  return isSeagate && rotationRateRpm !== 0 && !/\bSSD\b/i.test(`${modelFamily} ${modelName}`);
}

/** Samsung's flash disks. */
export function isSamsung({ modelName, modelFamily }: AtaIdentity): boolean {
  return /^Samsung based SSDs\b/.test(modelFamily) || (modelFamily === "" && /^(?:SAMSUNG MZ|Samsung SSD )/.test(modelName));
}

/** Intel's flash disks, Solidigm's and Dell's under their names. */
export function isIntel({ modelName, modelFamily }: AtaIdentity): boolean {
  return /\bIntel\b/.test(modelFamily) || /^(?:INTEL |Solidigm )?SSDSC/.test(modelName);
}

/** Flash disks with a controller of Phison. */
export function isPhison({ modelFamily }: AtaIdentity): boolean {
  return /^Phison Driven\b/.test(modelFamily);
}

/** Flash disks with a controller of SandForce. */
export function isSandForce({ modelFamily }: AtaIdentity): boolean {
  return /^SandForce Driven\b/.test(modelFamily);
}
