/** Readings that CLI, page and API show alike, from the plain facts of subjects. Pure. */

export { type DiskTrouble, diskTroubles } from "./disk-troubles.ts";
export {
  type AbruptBoots,
  abruptBoots,
  abruptText,
  boardText,
  clockText,
  overlayExcessBytes,
  overlayText,
  sensorName,
  sensorText,
} from "./machine.ts";
export { machineTroubles } from "./machine-troubles.ts";
export { poolTroubles, raidTroubles } from "./pool-troubles.ts";
export {
  bridgeText,
  diskTemperatureCelsius,
  filesystemUsedPercent,
  fillLimits,
  inodesUsedPercent,
  linkText,
  raidArrays,
  raidMembersText,
  raidText,
  selfTestText,
  storageChain,
  wornPercent,
} from "./storage.ts";
export { deviceName, healthOf, presentSubjects, singleSubject } from "./subjects.ts";
export { byGravity, counted, type Trouble, type TroubleLevel } from "./trouble.ts";
export { placeText, type Unknown, unknownsOf } from "./unknowns.ts";
