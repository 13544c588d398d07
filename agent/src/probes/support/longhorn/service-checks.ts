/**
 * Services that Longhorn needs, or that get in its way: iscsid and multipathd. A service of systemd has a control group as long as it runs; what
 * systemd starts when it is needed listens meanwhile on an abstract socket (open-iscsi, etc/systemd/iscsid.socket; multipath-tools,
 * multipathd/multipathd.socket).
 */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames, requiredValue } from "../../../host/reading.ts";
import { broken, type Check, fine, troubling } from "./longhorn-check.ts";
import { leavesLonghornAlone } from "./multipath-configuration.ts";

/** Looks at the services. */
export async function readServiceChecks(host: Host): Promise<readonly Check[]> {
  const [slices, sockets, main, dropInNames] = await Promise.all([
    Promise.all(slicePaths.map((path) => readNames(host, path))),
    readFile(host, "/proc/1/net/unix", { maximumBytes: maximumSocketBytes, keep: keepSockets }),
    readFile(host, "/etc/multipath.conf"),
    readNames(host, multipathDropIns),
  ]);
  const names = dropInNames.outcome === "ok" ? dropInNames.value.filter((name) => name.endsWith(".conf")).slice(0, 32) : [];
  const dropIns = await Promise.all(names.map((name) => readFile(host, `${multipathDropIns}/${name}`)));
  const raw = { slices, sockets };
  return [
    { id: "iscsid", judge: () => judgeIscsid(raw) },
    { id: "multipathd", judge: () => judgeMultipathd(raw, [main, ...dropIns]) },
  ];
}

interface RawServices {
  readonly slices: readonly Reading<readonly string[]>[];
  readonly sockets: Reading;
}

/** The unified hierarchy, and systemd's own beside those of the first version. */
const slicePaths: readonly string[] = ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"];
const multipathDropIns = "/etc/multipath/conf.d";
const maximumSocketBytes = 8 << 20;
const iscsidSocket = "@ISCSIADM_ABSTRACT_NAMESPACE";
const multipathdSocket = "@/org/kernel/linux/storage/multipathd";
/** Longhorn's own advice, "Troubleshooting: MountVolume.SetUp failed for volume due to multipathd on the node"; for a node with SCSI disks in SANs it is too much. */
const multipathRemedy = String.raw`printf 'blacklist {\n    devnode "^sd[a-z0-9]+"\n}\n' >> /etc/multipath.conf && systemctl restart multipathd`;

function judgeIscsid(raw: RawServices): ReturnType<Check["judge"]> {
  if (isService(raw, "iscsid.service")) return fine("iscsid runs");
  if (isListening(raw, iscsidSocket)) return fine("iscsid is started when it is needed, by iscsid.socket");
  throwIfUnread(raw);
  return broken("neither iscsid.service nor iscsid.socket runs", "systemctl enable --now iscsid");
}

function judgeMultipathd(raw: RawServices, configurations: readonly Reading[]): ReturnType<Check["judge"]> {
  const isRunning = isService(raw, "multipathd.service");
  if (!isRunning && !isListening(raw, multipathdSocket)) {
    throwIfUnread(raw);
    return fine("multipathd does not run");
  }
  const texts = configurations.flatMap((file) => (file.outcome === "ok" ? [file.value] : []));
  if (leavesLonghornAlone(texts)) return fine("multipathd leaves Longhorn's devices alone");
  for (const file of configurations) if (file.outcome === "failed") throw file.error;
  return isRunning
    ? troubling("multipathd runs, and may take Longhorn's devices before they are mounted", multipathRemedy)
    : troubling("multipathd.socket may start multipathd, which may take Longhorn's devices", multipathRemedy);
}

function isService({ slices }: RawServices, unit: string): boolean {
  return slices.some((names) => names.outcome === "ok" && names.value.includes(unit));
}

function isListening({ sockets }: RawServices, name: string): boolean {
  return sockets.outcome === "ok" && sockets.value.split("\n").some((line) => line.endsWith(name));
}

/** What was not found proves nothing where it could not be looked for. */
function throwIfUnread({ slices, sockets }: RawServices): void {
  for (const names of slices) if (names.outcome === "failed") throw names.error;
  if (slices.every(({ outcome }) => outcome === "absent")) requiredValue(sockets);
  if (sockets.outcome === "failed") throw sockets.error;
}

/** Other sockets are other programs' business. */
function keepSockets(text: string): string {
  const lines = text.split("\n");
  return [iscsidSocket, multipathdSocket]
    .filter((name) => lines.some((line) => line.endsWith(name)))
    .map((name) => `${name}\n`)
    .join("");
}
