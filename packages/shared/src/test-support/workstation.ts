/** A machine of which nothing is wrong, for tests of what people see: a workstation whose GPU sleeps, with Ollama and Tailscale. */
import type { SubjectBody } from "../api/node.ts";
import { sleepingGpu } from "./full-machine-gpus.ts";
import { model, ollamaServer } from "./full-machine-services.ts";
import { gibibyte, gigabyte, subject } from "./machine-subject.ts";

/** Its subjects, as the API shows them. */
export function workstation(): readonly SubjectBody[] {
  return [...machine(), ...sleepingGpu(), ...services(), ...tailnet()];
}

function machine(): readonly SubjectBody[] {
  return [
    subject(
      "system",
      "operating_system",
      "",
      { prettyName: "Ubuntu 24.04.3 LTS", kernelRelease: "6.14.0-37-generic", architecture: "x86_64", hostname: "ocelot" },
      { uptime_seconds: 90_000 },
    ),
    subject("system", "board", "", { vendor: "Example Corp", productName: "Tower 9" }),
    subject("system", "cpu", "", { modelName: "Example 9900X", logicalCount: 24 }, { load_average_1m: 0.4 }),
    subject("system", "memory", "", { totalBytes: 64 * gibibyte, swapTotalBytes: 0 }, { available_bytes: 51 * gibibyte }),
    subject("disks", "block_device", "eui.9", {
      name: "nvme0n1",
      type: "disk",
      bus: "nvme",
      model: "Example 990",
      sizeBytes: 2e12,
    }),
    subject(
      "smart",
      "disk_health",
      "eui.9",
      { status: "passed", powerOnHours: 4_000 },
      { temperature_celsius: 38, percentage_used: 2 },
    ),
    subject(
      "disks",
      "filesystem",
      "/",
      { type: "ext4", source: "/dev/nvme0n1p2", deviceName: "nvme0n1p2", sizeBytes: 1.9e12 },
      { used_bytes: 700 * gigabyte, available_bytes: 1_100 * gigabyte },
    ),
    subject("network", "network_interface", "enp1s0", {
      type: "ethernet",
      operationalState: "up",
      speedBitsPerSecond: 1e9,
      mtuBytes: 1500,
      addresses: ["192.0.2.30/24"],
    }),
  ];
}

function services(): readonly SubjectBody[] {
  return [
    ollamaServer("[::]:11434"),
    subject("ollama", "ollama_endpoint", "", { addresses: ["[::]:11434"] }),
    model("granite4:3b", 2.1, "3.4B", ["completion", "tools"], { layerCount: 40, keyValueHeadCount: 8 }),
  ];
}

function tailnet(): readonly SubjectBody[] {
  return [
    subject(
      "tailscale",
      "tailscale",
      "",
      {
        backendState: "Running",
        version: "1.90.6",
        hostName: "ocelot",
        dnsName: "ocelot.example.ts.net",
        addresses: ["100.64.0.3"],
        isOnline: true,
        homeRegion: "fra",
      },
      { peers_total: 5, online_peers_total: 4, active_peers_total: 1, direct_peers_total: 1, relayed_peers_total: 0 },
    ),
    subject(
      "tailscale",
      "tailscale_peer",
      "n-neko",
      { hostName: "neko", dnsName: "neko.example.ts.net", isOnline: true, path: "direct", pathDetail: "192.0.2.21:41641" },
      { handshake_age_seconds: 40, is_active: 1, is_direct: 1 },
    ),
  ];
}
