/** Notifications of the daemon (ipn Notify), one JSON object a line: whether one may change what the probe tells. */

/** Longer lines hold all peers of the tailnet, and are not looked into. */
const maximumParsedLength = 64 * 1024;

/** Fields that say nothing of what the probe tells: whose notification it is, traffic, files, offers. */
const idle: ReadonlySet<string> = new Set([
  "Version",
  "SessionID",
  "Engine",
  "FilesWaiting",
  "IncomingFiles",
  "OutgoingFiles",
  "LocalTCPPort",
  "ClientVersion",
  "DriveShares",
  "SuggestedExitNode",
]);

/**
 * What changed, as names of fields; empty where nothing did that matters. What cannot be understood counts as a change: looking once more costs
 * less than missing one. Values are not told: one of them is an address at which somebody could log in.
 */
export function changesIn(line: string): readonly string[] {
  if (line.trim() === "") return [];
  if (line.length > maximumParsedLength) return ["NetMap"];
  try {
    const notification: unknown = JSON.parse(line);
    if (typeof notification !== "object" || notification === null) return ["unknown"];
    return Object.entries(notification)
      .filter(([key, value]) => value !== null && !idle.has(key))
      .map(([key]) => (/^\w{1,32}$/.test(key) ? key : "unknown"));
  } catch {
    return ["unknown"];
  }
}
