/** Services of the made-up machine: Ollama, Tailscale, K3s and Longhorn, and a board that is a Raspberry Pi. */
import type { SubjectBody } from "../api/node.ts";
import { failedSubject, gibibyte, inHours, subject } from "./machine-subject.ts";

/** Ollama that nobody else can reach, with one model on the GPU, one partly, and one on the processor. */
export function ollama(): readonly SubjectBody[] {
  return [
    ollamaServer("127.0.0.1:11434", { isRestartNeeded: true }),
    failedSubject(
      "ollama",
      "ollama_endpoint",
      "",
      "OLLAMA_LOOPBACK_ONLY",
      "Ollama listens on 127.0.0.1:11434 only, so that no other machine can reach it: set OLLAMA_HOST=0.0.0.0 in ollama.service and restart it",
    ),
    model("granite4:3b", 2.1, "3.4B", ["completion", "tools"], { layerCount: 40, keyValueHeadCount: 8 }),
    model("qwen3:8b", 4.9, "8.2B", ["completion", "tools", "thinking"], { layerCount: 36, keyValueHeadCount: 8 }),
    model("nomic-embed-text:latest", 0.26, "137M", ["embedding"], { embeddingLengthDimensions: 768 }),
    model("llama3.3:70b", 39.6, "70.6B", ["completion", "tools"], { layerCount: 80, keyValueHeadCount: 8 }),
    subject("ollama", "ollama_model", "gpt-oss:120b-cloud", { digest: "cc".repeat(32), sizeBytes: 0, isRemote: true }),
    loaded("granite4:3b", 2.6, 2.6, { expiresAtUnixMs: inHours(4 / 60) }),
    loaded("qwen3:8b", 6.2, 3.1, { expiresAtUnixMs: inHours(2) }),
    loaded("nomic-embed-text:latest", 0.6, 0, { isKept: true }),
  ];
}

/** The server, listening on one address. */
export function ollamaServer(listening: string, more: Readonly<Record<string, unknown>> = {}): SubjectBody {
  return subject("ollama", "ollama_server", "", {
    version: "0.32.15",
    isRunning: true,
    owner: { pidNumber: 2201, processName: "ollama", unit: "ollama.service", user: "ollama" },
    unit: "ollama.service",
    listening: [listening],
    settings: { parallelCount: 4, keepAlive: "24h", isFlashAttentionEnabled: true, modelsFolder: "/srv/ollama" },
    settingsSource: "process",
    ...more,
  });
}

/** A model on disk; its digest is made from its name. */
export function model(
  id: string,
  gibibytes: number,
  parameterSize: string,
  capabilities: readonly string[],
  shape: Readonly<Record<string, unknown>> = {},
): SubjectBody {
  return subject("ollama", "ollama_model", id, {
    digest: digestOf(id),
    sizeBytes: Math.round(gibibytes * gibibyte),
    modifiedAtUnixMs: inHours(-240),
    family: id.split(/[0-9:-]/)[0] ?? "",
    parameterSize,
    quantization: "Q4_K_M",
    capabilities,
    maximumContextLengthTokens: 131_072,
    keyLengthDimensions: 128,
    valueLengthDimensions: 128,
    ...shape,
  });
}

/** A model in memory: what it takes in all, and of that on GPUs. */
export function loaded(id: string, gibibytes: number, onGpu: number, end: Readonly<Record<string, unknown>>): SubjectBody {
  return subject("ollama", "ollama_loaded_model", id, {
    digest: digestOf(id),
    sizeBytes: Math.round(gibibytes * gibibyte),
    sizeVramBytes: Math.round(onGpu * gibibyte),
    contextLengthTokens: 4096,
    ...end,
  });
}

/** A daemon that runs, and peers in every state. */
export function tailscale(): readonly SubjectBody[] {
  return [
    subject(
      "tailscale",
      "tailscale",
      "",
      {
        backendState: "Running",
        version: "1.90.6",
        hasTun: true,
        stableId: "nLynx",
        hostName: "lynx",
        dnsName: "lynx.example.ts.net",
        addresses: ["100.64.0.7", "fd7a:115c:a1e0::7"],
        keyExpiresAtUnixMs: inHours(24 * 9),
        isOnline: true,
        homeRegion: "fra",
        healthMessages: ["Some peers are advertising routes but --accept-routes is false"],
        tailnet: "example.com",
        dnsSuffix: "example.ts.net",
      },
      { peers_total: 8, online_peers_total: 6, active_peers_total: 4, direct_peers_total: 2, relayed_peers_total: 2 },
    ),
    peer(
      "panther",
      { isOnline: true, path: "direct", pathDetail: "192.0.2.20:41641", isWatched: true },
      { handshake_age_seconds: 31, latency_seconds: 0.0013, is_active: 1, is_direct: 1 },
    ),
    peer(
      "bobcat",
      { isOnline: true, path: "derp", pathDetail: "fra", isWatched: true },
      { handshake_age_seconds: 95, latency_seconds: 0.046, is_active: 1, is_direct: 0 },
    ),
    peer(
      "siberian",
      { isOnline: true, path: "peer_relay", pathDetail: "198.51.100.4:40000", isWatched: true },
      { handshake_age_seconds: 12, latency_seconds: 0.021, is_active: 1, is_direct: 0 },
    ),
    peer(
      "neko",
      { isOnline: true, path: "direct", pathDetail: "192.0.2.21:41641", isWatched: true, pingFailure: "no answer within 5 s" },
      { is_active: 1, is_direct: 1 },
    ),
    peer(
      "laptop",
      { isOnline: true, operatingSystem: "macOS", keyExpiresAtUnixMs: inHours(24 * 3) },
      { handshake_age_seconds: 4_000, is_active: 0 },
    ),
    peer("phone", { isOnline: false, operatingSystem: "iOS", lastSeenAtUnixMs: inHours(-26) }, { is_active: 0 }),
    peer(
      "old-nas",
      { isOnline: false, isKeyExpired: true, keyExpiresAtUnixMs: inHours(-24 * 40), lastSeenAtUnixMs: inHours(-24 * 41) },
      { is_active: 0 },
    ),
    peer("router", { isOnline: true, primaryRoutes: ["192.0.2.0/24"], isExitNode: true }, { is_active: 0 }),
  ];
}

function peer(name: string, value: Readonly<Record<string, unknown>>, samples: Readonly<Record<string, number>>): SubjectBody {
  return subject(
    "tailscale",
    "tailscale_peer",
    `n-${name}`,
    {
      hostName: name,
      dnsName: `${name}.example.ts.net`,
      operatingSystem: "linux",
      addresses: ["100.64.0.9"],
      homeRegion: "fra",
      ...value,
    },
    { receive_bytes_total: 12_345_678, transmit_bytes_total: 2_345_678, ...samples },
  );
}

/** A Raspberry Pi 5 whose supply is too weak now. */
export function raspberryPi(): readonly SubjectBody[] {
  return [
    subject(
      "raspberry-pi",
      "raspberry_pi",
      "",
      {
        model: "Raspberry Pi 5 Model B Rev 1.0",
        revision: "d04170",
        boardMemoryBytes: 8 * gibibyte,
        isUnderVoltage: true,
        isFrequencyCapped: false,
        isThrottled: true,
        isAtSoftTemperatureLimit: false,
        hasBeenUnderVoltage: true,
        hasBeenFrequencyCapped: true,
        hasBeenThrottled: true,
        hasBeenAtSoftTemperatureLimit: false,
        powerSource: "firmware",
        hasFan: true,
        coolingLevelCount: 4,
        isExternalPcieEnabled: true,
        externalLinks: [{ address: "0001:01:00.0", device: "nvme0", hasDriver: true, gigatransfersPerSecond: 5, laneCount: 1 }],
        bootloaderVersion: "2025-09-25",
        pageSizeBytes: 16_384,
        isMemoryCgroupEnabled: true,
      },
      { fan_rpm: 3120, fan_level_number: 2, pmic_input_volts: 4.58 },
    ),
  ];
}

/** K3s with a restart to come, its containerd, and Longhorn's needs: checks of all three levels and a folder whose disk is not mounted. */
export function cluster(): readonly SubjectBody[] {
  const check = (id: string, level: string, message: string, remedy = ""): SubjectBody =>
    subject("longhorn", "longhorn_check", id, { level, message, ...(remedy === "" ? {} : { remedy }) });
  return [
    subject("kubernetes", "k3s", "", {
      version: "v1.33.6+k3s1",
      role: "server",
      unit: "k3s.service",
      isRunning: true,
      startedAtUnixMs: inHours(-50),
      isRestartNeeded: true,
      nodeName: "lynx",
      isEmbeddedEtcd: true,
      nodeAddresses: ["100.64.0.7"],
      dataFolder: "/var/lib/rancher/k3s",
      isEnabled: true,
      certificateExpiresAtUnixMs: inHours(24 * 200),
    }),
    subject("kubernetes", "container_runtime", "", {
      name: "containerd",
      version: "2.1.5-k3s1.33",
      isRunning: true,
      socket: "/run/k3s/containerd/containerd.sock",
      isOfK3s: true,
      gpuRuntimes: ["nvidia"],
    }),
    check("iscsid", "error", "iscsid does not run", "systemctl enable --now iscsid"),
    check("multipathd", "warn", "multipathd runs and may take Longhorn's devices", "Blacklist them in /etc/multipath.conf."),
    check("kernel-modules", "info", "iscsi_tcp and dm_crypt are there"),
    check("nfs-client", "info", "NFS 4 is supported"),
    check("packages", "info", "open-iscsi, nfs-common and cryptsetup are installed"),
    subject("longhorn", "longhorn_path", "/var/lib/longhorn-2", {
      problem: "unmounted",
      message: "fstab says that UUID=5f1c belongs there, and it is not mounted",
      remedy: "mount /var/lib/longhorn-2",
      expectedSource: "UUID=5f1c",
    }),
  ];
}

function digestOf(id: string): string {
  return [...`${id}${"x".repeat(64)}`]
    .map((letter) => (letter.charCodeAt(0) % 16).toString(16))
    .slice(0, 64)
    .join("");
}
