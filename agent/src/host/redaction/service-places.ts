/** Where services, drivers and programs around them say whose machine it is; see identity-places.ts. */
import type { IdentityPlace } from "./identity-place.ts";

const tailscale = /\/\d+-tailscale-/;
const k3s = /\/rancher\/k3s\/|\/k3s[\w-]*\.service/;
const fstab = /\/fstab$/;

/** All of them. */
export const servicePlaces: readonly IdentityPlace[] = [
  // Tailscale (ipn/ipnstate Status). Of a DNS name only the first label: the rest is the tailnet's, which stands by itself, too.
  { kind: "host names", files: tailscale, pattern: /"HostName"\s*:\s*"(?<value>[^"]+)"/g, isWord: true },
  { kind: "host names", files: tailscale, pattern: /"DNSName"\s*:\s*"(?<value>[^".]+)\./g, isWord: true },
  {
    kind: "host names",
    files: tailscale,
    pattern: /"(?:MagicDNSSuffix|DNSName)"\s*:\s*"[^"]*?(?<value>[\w-]+)\.ts\.net\.?"/g,
    isWord: true,
  },
  {
    kind: "host names",
    files: tailscale,
    pattern: /"MagicDNSSuffix"\s*:\s*"(?<value>(?![^"]*\.ts\.net\.?")[^".]+\.[^"]+?)\.?"/g,
    isWord: true,
  },
  {
    kind: "user names",
    files: tailscale,
    pattern: /"CurrentTailnet"\s*:\s*\{[^}]*?"Name"\s*:\s*"(?<value>[^"]+)"/g,
    isWord: true,
  },
  { kind: "user names", files: tailscale, pattern: /"(?:LoginName|DisplayName)"\s*:\s*"(?<value>[^"]+)"/g, isWord: true },
  { kind: "user names", files: tailscale, pattern: /"(?:ProfilePicURL|AuthURL)"\s*:\s*"https?:\/\/(?<value>[^"]+)"/g },
  { kind: "identifiers", files: tailscale, pattern: /"(?:ID|NodeID|StableID)"\s*:\s*"(?<value>[^"]+)"/g },
  { kind: "identifiers", files: tailscale, pattern: /"(?:ID|UserID|AltSharerUserID)"\s*:\s*(?<value>\d{4,})/g },
  { kind: "identifiers", files: tailscale, pattern: /"(?<value>\d{4,})"\s*:\s*\{/g },
  { kind: "identifiers", files: tailscale, pattern: /"(?:ssh-[\w-]+|ecdsa-[\w-]+) (?<value>[A-Za-z0-9+/=]{20,})/g },

  // Ollama: origins that its environment names.
  {
    kind: "host names",
    files: /\/environ$|\/systemd\/|\/ollama|\/default\//,
    pattern: /(?<=OLLAMA_ORIGINS=\S*)https?:\/\/(?<value>[A-Za-z][\w.-]*)/g,
    isWord: true,
  },
  // K3s: under which name the node registers, and where. fstab: other machines, and filesystems that udev may not name.
  {
    kind: "host names",
    files: k3s,
    pattern: /(?:node-name(?:=|:\s+-\s+"?)|K3S_NODE_NAME="?)(?<value>[A-Za-z0-9][\w.-]*)/g,
    isWord: true,
  },
  {
    kind: "host names",
    files: k3s,
    pattern: /(?:server(?:=|:\s+-\s+"?)|K3S_URL="?)https?:\/\/(?<value>[A-Za-z][\w.-]*)/g,
    isWord: true,
  },
  { kind: "host names", files: fstab, pattern: /^(?:\/\/)?(?<value>[A-Za-z][\w.-]*)(?::\/|(?<=^\/\/\S+)\/)/gm, isWord: true },
  { kind: "mount sources", files: fstab, pattern: /^(?:[^/\s=]+(?=:\/)|\/\/[^/\s]+(?=\/))(?<value>:?\/\S+)/gm },
  { kind: "identifiers", files: fstab, pattern: /^(?:PART)?UUID=(?<value>[0-9a-f-]{8,})/gim, alphabet: "hexadecimal" },
  // A password in a URL, wherever it stands.
  { kind: "identifiers", files: /(?:)/, pattern: /:\/\/[^\s/@:"]+:(?<value>[^\s/@"]+)@/g },

  // Users.
  { kind: "user names", files: /\/etc\/passwd$/, pattern: /^(?<value>[^:\n]+):(?:[^:\n]*:)?[1-5]\d{3,4}(?=:|$)/gm, isWord: true },

  // GPUs: NVML's child and nvidia-smi. UUIDs are known by their form.
  { kind: "serial numbers", files: /command /, pattern: /"serialNumber"\s*:\s*"(?<value>[^"]+)"/g },
  { kind: "serial numbers", files: /command /, pattern: /<(?:\w+_)?serial(?:_number)?>(?<value>[^<\s]+)</g },
  {
    kind: "identifiers",
    files: /command /,
    pattern: /<(?:pdi|gpu_fabric_guid)>(?:0x)?(?<value>[0-9a-f]{8,})</gi,
    alphabet: "hexadecimal",
  },
];
