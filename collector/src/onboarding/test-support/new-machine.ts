/** A machine that is well, probe by probe, for tests that make one thing of it ill. */
import { BlockDeviceType, LonghornCheckLevel, type Tailscale } from "@nodekeeper/proto";
import { aDisk, aNode } from "../../longhorn/test-support/made-longhorn.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { Said, Thing } from "../../test-support/judge-machine.ts";

/** Its probes, by what each says. */
export type MachineSays = Readonly<Record<string, Said>>;

const diskId = "eui.1";
/** As agents say them. */
const remedies: ReadonlyMap<string, string> = new Map([
  ["iscsid", "systemctl enable --now iscsid"],
  [
    "multipathd",
    String.raw`printf 'blacklist {\n    devnode "^sd[a-z0-9]+"\n}\n' >> /etc/multipath.conf && systemctl restart multipathd`,
  ],
]);

/** Everything is as it should be: an NVMe disk, Longhorn's needs, Tailscale, a clock that is kept, a GPU with Ollama. */
export function wellMachine(): MachineSays {
  const said: readonly Said[] = [
    {
      probe: "system",
      things: [
        {
          kind: "operating_system",
          value: { case: "operatingSystem", value: { prettyName: "Debian GNU/Linux 13", kernelRelease: "6.12.9" } },
        },
      ],
    },
    toldTime(),
    toldStorage(),
    toldSmart(0),
    toldLonghornNeeds({}),
    toldTailnet({}),
    toldK3s(),
    {
      probe: "gpu",
      things: [
        { kind: "gpu", id: "0000:01:00.0", value: { case: "gpu", value: { vendor: "nvidia", productName: "RTX 5070 Ti" } } },
      ],
      whole: ["gpu", "gpu_status"],
    },
    toldOllama({}),
  ];
  return Object.fromEntries(said.map((each) => [each.probe ?? "", each]));
}

/** Who keeps its clock. */
export function toldTime(service = "chrony"): Said {
  return {
    probe: "time",
    things: [{ kind: "time_sync", value: { case: "timeSync", value: { service, isSynchronized: true } } }],
  };
}

/** One disk, and Longhorn's folder on it. */
export function toldStorage(): Said {
  const things: readonly Thing[] = [
    {
      kind: "block_device",
      id: diskId,
      value: { case: "blockDevice", value: { name: "nvme0n1", type: BlockDeviceType.DISK, bus: "nvme", isVirtual: false } },
    },
    {
      kind: "filesystem",
      id: "/mnt/longhorn",
      value: { case: "filesystem", value: { mountPoint: "/mnt/longhorn", physicalBlockDeviceIds: [diskId] } },
    },
    {
      kind: "longhorn_disk",
      id: "/mnt/longhorn",
      value: {
        case: "longhornDisk",
        value: { diskUuid: "disk-uuid", mountPoint: "/mnt/longhorn", physicalBlockDeviceIds: [diskId] },
      },
    },
  ];
  return { probe: "disks", things, whole: ["block_device", "filesystem", "longhorn_disk"] };
}

/** The health of its disk. */
export function toldSmart(criticalWarning: number): Said {
  const nvme = { criticalWarning, availableSparePercent: 100, availableSpareThresholdPercent: 10, percentageUsed: 3 };
  return {
    probe: "smart",
    things: [
      {
        kind: "disk_health",
        id: diskId,
        value: { case: "diskHealth", value: { device: "/dev/nvme0", modelName: "A disk", nvme } },
      },
    ],
    whole: ["disk_health"],
  };
}

/** K3s, by the unit that runs it. */
export function toldK3s(unit = "k3s-agent.service"): Said {
  return { probe: "kubernetes", things: [{ kind: "k3s", value: { case: "k3s", value: { unit, isRunning: true } } }] };
}

/** What Longhorn needs; checks that did not come out well, and folders of which something is wrong. */
export function toldLonghornNeeds({
  bad = {},
  remedy,
  unmounted = [],
}: {
  readonly bad?: Readonly<Record<string, LonghornCheckLevel>>;
  /** Instead of what agents say. */
  readonly remedy?: string;
  readonly unmounted?: readonly string[];
}): Said {
  const levels = { iscsid: LonghornCheckLevel.INFO, multipathd: LonghornCheckLevel.INFO, ...bad };
  const checks = Object.entries(levels).map(([id, level]): Thing => {
    const isWell = level === LonghornCheckLevel.INFO;
    const value = {
      level,
      message: isWell ? `${id} is well` : `${id} is not well`,
      remedy: isWell ? "" : (remedy ?? remedies.get(id) ?? ""),
    };
    return { kind: "longhorn_check", id, value: { case: "longhornCheck", value } };
  });
  const paths = unmounted.map(
    (id): Thing => ({
      kind: "longhorn_path",
      id,
      value: {
        case: "longhornPath",
        value: { problem: "unmounted", message: "what fstab says belongs there is not mounted: UUID=1" },
      },
    }),
  );
  return { probe: "longhorn", things: [...checks, ...paths], whole: ["longhorn_check", "longhorn_path"] };
}

/** Tailscale's daemon. */
export function toldTailnet(more: Partial<Pick<Tailscale, "isKeyExpired" | "backendState" | "addresses">>): Said {
  const value = { backendState: "Running", isKeyExpired: false, addresses: ["100.64.0.9", "fd7a:115c:a1e0::9"], ...more };
  return { probe: "tailscale", things: [{ kind: "tailscale", value: { case: "tailscale", value } }], whole: ["tailscale_peer"] };
}

/** Ollama, which others reach unless it is said otherwise. */
export function toldOllama({
  isReached = true,
  isRunning = true,
}: {
  readonly isReached?: boolean;
  readonly isRunning?: boolean;
}): Said {
  const endpoint: Thing = isReached
    ? { kind: "ollama_endpoint", value: { case: "ollamaEndpoint", value: { addresses: ["100.64.0.9:11434"] } } }
    : { kind: "ollama_endpoint", failure: "OLLAMA_LOOPBACK_ONLY" };
  return {
    probe: "ollama",
    things: [
      {
        kind: "ollama_server",
        value: { case: "ollamaServer", value: { isRunning, isEnabled: true, unit: "ollama.service", version: "0.32.15" } },
      },
      ...(isRunning ? [endpoint] : []),
      { kind: "ollama_model", id: "granite4:3b", value: { case: "ollamaModel", value: {} } },
    ],
    whole: ["ollama_model", "ollama_loaded_model"],
  };
}

/** Longhorn's node of it, with the disk. */
export function itsLonghornNode(name: string, tags: readonly string[] = ["nvme", "ssd"]): LonghornNode {
  return aNode(name, {}, [aDisk("d", { path: "/mnt/longhorn/", tags }, { uuid: "disk-uuid" })]);
}
