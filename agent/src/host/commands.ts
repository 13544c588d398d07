/**
 * The programs that the agent may run, where they may lie, and the argument forms that each may be given. Nothing else is ever executed:
 * no shell, no PATH look-up, an empty environment. The programs are those of the agent's own root (in a container: the image's), but for those
 * that are the host's (`isOfHost`).
 */

import { dirname, join } from "node:path";
import type { Patience } from "./quarantine.ts";

/** Name of an allowed program. */
export type CommandName =
  | "busctl"
  | "chronyc"
  | "containerd"
  | "k3s"
  | "nvidia-smi"
  | "nvml"
  | "pi-firmware"
  | "smartctl"
  | "stat"
  | "systemctl"
  | "systemd-inhibit";

/** One way of calling a program: every argument must be accounted for. */
export interface CommandForm {
  /** Arguments that must be there. */
  readonly required: readonly string[];
  /** Arguments that may be there, each once. */
  readonly allowed: readonly string[];
  /** Options with a value, as two arguments, each once: the option and what its value must look like. */
  readonly options: Readonly<Record<string, RegExp>>;
  /** What the last argument must look like, where the form has an operand. */
  readonly operand?: RegExp;
}

/** An allowed program. */
export interface CommandRule {
  /** Where it may lie; the first that is there is run. */
  readonly paths: readonly string[];
  /** True for a program that lies in the host's root, whatever that is: it must be static. Its paths are the host's. */
  readonly isOfHost?: boolean;
  /** Arguments before those of a call, said by the table alone. */
  readonly leading?: readonly string[];
  /** True where the operand is a library of the host: the program gets the path at which it lies for us, and only root may have changed it. */
  readonly isOperandOfHost?: boolean;
  /** Its forms; a call must fit one. */
  readonly forms: readonly CommandForm[];
  /** How long what hung is left alone; without it longer each time, up to six hours. */
  readonly patience?: Patience;
}

/** The rules of all programs. */
export type CommandTable = Readonly<Record<CommandName, CommandRule>>;

/** What `stat -f` is asked for: block size, blocks, free, available, inodes, free inodes. */
export const statFormat = "%S %b %f %a %c %d";

/** What every question to a disk asks for: who it is, its verdict, its attributes or health log. USB bridges are asked for no more. */
const healthArguments = ["--info", "--health", "--attributes"];
/** With the text that smartctl would have printed, for values that its JSON lacks. */
const withText = "--json=co";
const plain = "--json=c";
/** A disk that sleeps is not woken; smartctl then ends with status 3. */
const unlessAsleep = ["-n", "standby,3"];
/** SAS disks have no attribute table: errors, tests and wear stand in logs. */
const scsiLogs = ["--log=error", "--log=selftest", "--log=ssd"];
const scsiDisk = /^\/dev\/sd[a-z]{1,3}$/;
const nvmeController = /^\/dev\/nvme\d{1,4}$/;
/** What MegaRAID's controllers are reached by. */
const controllerBus = /^\/dev\/bus\/\d{1,3}$/;
/** How a disk behind a USB bridge may be spoken to where smartctl does not know the bridge by its USB id. */
const usbDiskTypes = /^(?:sat|sntasmedia|sntjmicron|sntrealtek)$/;
/** A disk behind one of MegaRAID's controllers, as `--scan` names it. */
const memberTypes = /^(?:sat\+)?megaraid,\d{1,3}$/;

/** Where chronyd answers: its port first, since its socket makes chronyc leave a file of its own beside it for a moment. */
const chronydAddresses = "127.0.0.1,::1,/run/chrony/chronyd.sock";

/** What chronyc is asked: one line of comma-separated values, addresses not looked up. */
export const chronyTracking: readonly string[] = ["-n", "-c", "-h", chronydAddresses, "tracking"];

/** Where NVIDIA's driver keeps its management library, by distribution; the host's paths, in the order in which they are tried. */
export const nvmlLibraries: readonly string[] = [
  process.arch === "arm64" ? "/usr/lib/aarch64-linux-gnu" : "/usr/lib/x86_64-linux-gnu", // Debian, Ubuntu
  "/usr/lib64", // Fedora, openSUSE
  "/usr/lib", // Arch
  "/usr/lib/wsl/lib", // WSL
  "/usr/local/nvidia/lib64", // Talos, GKE
  "/run/nvidia/driver/usr/lib/x86_64-linux-gnu", // the driver container of NVIDIA's operator
  "/run/nvidia/driver/usr/lib/aarch64-linux-gnu",
  "/run/nvidia/driver/usr/lib64",
  "/home/kubernetes/bin/nvidia/lib64", // GKE on Container-Optimized OS
  "/run/opengl-driver/lib", // NixOS
].map((folder) => `${folder}/libnvidia-ml.so.1`);

/** What logind says of the machine's going away, one line of JSON a signal, and nobody else in its name. */
export const monitorLogind: readonly string[] = [
  "--system",
  "--json=short",
  "--match=type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager'",
  "monitor",
];

/** Asks logind to wait for us, as long as the standard input of the program that it runs is open. */
export const inhibitUntilReleased: readonly string[] = [
  "--what=sleep:shutdown",
  "--mode=delay",
  "--who=nodekeeper",
  "--why=Tells the collector that this machine goes away",
  "/bin/cat",
];

/** What systemd is about to do. */
export const listJobs: readonly string[] = ["--system", "--no-pager", "--no-legend", "--plain", "list-jobs"];

/** One address of the PCI bus or more, as sysfs writes them. */
const pciAddresses = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?:,[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]){0,63}$/;
const nvmlLibrary = new RegExp(`^(?:${nvmlLibraries.map((path) => path.replaceAll(".", "\\.")).join("|")})$`);

const versionOnly: CommandForm = { required: ["--version"], allowed: [], options: {} };

/** All programs. Every form of smartctl only reads, and is complete: tests, settings, firmware and other logs cannot be said with it. */
export const commands: CommandTable = {
  // It looks at no input and would outlive an agent that is killed, until logind speaks next: the kernel ends it with us.
  busctl: {
    paths: ["/usr/bin/setpriv", "/bin/setpriv"],
    leading: ["--pdeathsig", "TERM", "/usr/bin/busctl"],
    forms: [exactly(monitorLogind)],
  },
  chronyc: {
    paths: ["/usr/bin/chronyc", "/bin/chronyc"],
    forms: [exactly(chronyTracking)],
  },
  containerd: {
    paths: ["/var/lib/rancher/k3s/data/current/bin/containerd", "/usr/bin/containerd", "/usr/local/bin/containerd"],
    isOfHost: true,
    forms: [versionOnly],
  },
  // With --version it unpacks nothing of itself, and reads only /etc/rancher/k3s/config.yaml (cmd/k3s/main.go: only its commands do more).
  k3s: { paths: ["/usr/local/bin/k3s", "/usr/bin/k3s", "/opt/bin/k3s"], isOfHost: true, forms: [versionOnly] },
  // Prints; what it can change needs other options.
  "nvidia-smi": {
    paths: [
      "/usr/bin/nvidia-smi",
      "/bin/nvidia-smi",
      "/usr/local/nvidia/bin/nvidia-smi",
      "/usr/lib/wsl/lib/nvidia-smi",
      "/run/current-system/sw/bin/nvidia-smi",
    ],
    forms: [{ required: ["-q", "-x"], allowed: [], options: { "-i": pciAddresses } }],
  },
  // A program of ours: src/nvml/main.ts. It lives for a tenth of a second, so that fewer threads and a bound on memory are all that counts.
  nvml: {
    paths: [process.execPath],
    leading: ["--v8-pool-size=0", "--max-old-space-size=64", ownProgram("nvml")],
    isOperandOfHost: true,
    forms: [{ required: [], allowed: [], options: { "--gpus": pciAddresses }, operand: nvmlLibrary }],
  },
  // Likewise: src/pi-firmware/main.ts, which has its questions in itself.
  "pi-firmware": {
    paths: [process.execPath],
    leading: ["--v8-pool-size=0", "--max-old-space-size=64", ownProgram("pi-firmware")],
    forms: [{ required: [], allowed: [], options: {} }],
  },
  smartctl: {
    paths: ["/usr/sbin/smartctl", "/usr/bin/smartctl", "/sbin/smartctl", "/bin/smartctl", "/usr/local/sbin/smartctl"],
    forms: [
      complete([withText, ...healthArguments, "--capabilities", "--log=selftest", "-d", "nvme"], nvmeController),
      complete(
        [plain, ...healthArguments, "--capabilities", ...unlessAsleep, "--log=selftest", "--log=devstat", "-d", "sat"],
        scsiDisk,
      ),
      complete([withText, ...healthArguments, ...unlessAsleep, ...scsiLogs, "-d", "scsi"], scsiDisk),
      {
        required: [plain, ...healthArguments, ...unlessAsleep],
        allowed: [],
        options: { "-d": usbDiskTypes },
        operand: scsiDisk,
      },
      {
        required: [withText, ...healthArguments, ...unlessAsleep, ...scsiLogs],
        allowed: [],
        options: { "-d": memberTypes },
        operand: controllerBus,
      },
      // Lists by names and by what controllers say; unlike --scan-open it opens no disk.
      { required: ["--scan", plain], allowed: [], options: {} },
    ],
    // A disk or bridge that hung twice in a row will hang again.
    patience: { baseMs: 60_000, maximumMs: 60_000, maximumHangs: 2 },
  },
  stat: {
    paths: ["/usr/bin/stat", "/bin/stat"],
    forms: [{ required: ["-f"], allowed: [], options: { "-c": new RegExp(`^${statFormat}$`) }, operand: /^\/[^\0]*$/ }],
  },
  systemctl: { paths: ["/usr/bin/systemctl", "/bin/systemctl"], forms: [exactly(listJobs)] },
  "systemd-inhibit": { paths: ["/usr/bin/systemd-inhibit", "/bin/systemd-inhibit"], forms: [exactly(inhibitUntilReleased)] },
};

function exactly(required: readonly string[]): CommandForm {
  return { required, allowed: [], options: {} };
}

/** As source where this is source, else as the bundle beside ours. */
function ownProgram(name: string): string {
  const here = import.meta.filename;
  return here.endsWith(".ts") ? join(dirname(here), `../${name}/main.ts`) : join(dirname(here), `${name}.cjs`);
}

/** A form whose arguments are all said, before an operand. */
function complete(required: readonly string[], operand: RegExp): CommandForm {
  return { required, allowed: [], options: {}, operand };
}
