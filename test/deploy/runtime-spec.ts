/**
 * A container of a pod as an OCI runtime specification: what the kubelet and containerd make of it, by the rules that both document, and nothing by
 * hand. A field that is not known here is an error.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Container, PodSpec, SecurityContext, VolumeMount } from "./pod-spec.ts";
import { defaultSeccomp } from "./seccomp.ts";
import type { RootedSpec } from "./test-node.ts";

/** What a node gives to a container. */
export interface NodeSide {
  /** Folder with the image's files. */
  readonly rootfs: string;
  /** From the image's configuration. */
  readonly image: ImageConfig;
  /** Where the node's "/" lies on this machine. */
  readonly nodeRoot: string;
  /** Folder of each volume that is no hostPath, by the volume's name. */
  readonly volumeFolders: Readonly<Record<string, string>>;
  /** Fields of the pod that the downward API gives, e.g. spec.nodeName. */
  readonly fields: Readonly<Record<string, string>>;
  /** The pod's network namespace. */
  readonly networkNamespace: string;
  /** What the kubelet adds to every container. */
  readonly kubelet: KubeletSide;
  readonly cgroupsPath: string;
}

/** What the kubelet adds. */
export interface KubeletSide {
  /** File that becomes /etc/hosts: here also the names that a cluster's DNS would know. */
  readonly hosts: string;
  /** Where the cluster's API is; undefined: nowhere. */
  readonly api: { readonly host: string; readonly port: number } | undefined;
}

/** Of an image's configuration what a runtime uses. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
}

/** What containerd gives to a container that is not privileged. */
const defaultCapabilities = [
  ...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP"],
  ...["NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
];

const knownContainerFields = new Set([
  ...["name", "image", "imagePullPolicy", "args", "env", "ports", "securityContext", "resources", "volumeMounts"],
  ...["startupProbe", "livenessProbe", "readinessProbe", "lifecycle"], // the kubelet's work, not the runtime's
]);
const knownSecurityFields = new Set([
  ...["privileged", "runAsUser", "runAsGroup", "runAsNonRoot", "readOnlyRootFilesystem", "allowPrivilegeEscalation"],
  ...["capabilities", "seccompProfile", "fsGroup", "fsGroupChangePolicy"],
]);

/** Translates. `args` in place of the container's own: to ask another question in the same place. */
export function runtimeSpec(
  pod: PodSpec,
  container: Container,
  node: NodeSide,
  args: readonly string[] = container.args,
): RootedSpec {
  refuseUnknown(container, knownContainerFields, `container ${container.name}`);
  const security: SecurityContext = { ...pod.securityContext, ...container.securityContext };
  refuseUnknown(security, knownSecurityFields, `securityContext of ${container.name}`);
  const isPrivileged = security.privileged === true;
  const environment = environmentOf(container, node);
  const uid = security.runAsUser ?? Number(node.image.User?.split(":")[0] ?? 0);
  const gid = security.runAsGroup ?? Number(node.image.User?.split(":")[1] ?? 0);
  if (security.runAsNonRoot === true && uid === 0) throw new Error(`${container.name}: runAsNonRoot, and its user is root`);
  const capabilities = capabilitiesOf(security);
  const limit = container.resources.limits?.memory;
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid, gid },
      args: [...(node.image.Entrypoint ?? []), ...args.map((text) => expanded(text, environment))],
      env: [...(node.image.Env ?? []), ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)],
      cwd: "/",
      // A process that is not root has of these what a file gives it: nothing, where escalation is off.
      capabilities: {
        bounding: capabilities,
        ...(uid === 0 ? { effective: capabilities, permitted: capabilities } : { effective: [], permitted: [] }),
        inheritable: [],
        ambient: [],
      },
      noNewPrivileges: !isPrivileged && security.allowPrivilegeEscalation === false,
    },
    root: { path: node.rootfs, readonly: security.readOnlyRootFilesystem === true },
    hostname: "pod",
    mounts: [
      ...ownMounts(isPrivileged),
      { destination: "/etc/hosts", type: "bind", source: node.kubelet.hosts, options: ["bind", "ro"] },
      ...[...container.volumeMounts, ...tokenMount(pod)].map((mount) => volumeMount(pod, mount, node)),
    ],
    linux: {
      namespaces: [
        ...["mount", "ipc", "uts"].map((type) => ({ type })),
        ...(pod.hostPID === true ? [] : [{ type: "pid" }]),
        ...(pod.hostNetwork === true ? [] : [{ type: "network", path: node.networkNamespace }]),
      ],
      rootfsPropagation: "rslave",
      cgroupsPath: node.cgroupsPath,
      resources: {
        devices: isPrivileged ? [{ allow: true, access: "rwm" }] : [{ allow: false, access: "rwm" }],
        ...(limit === undefined ? {} : { memory: { limit: bytesOf(limit) } }),
      },
      ...(isPrivileged ? { devices: devicesOf(join(node.nodeRoot, "dev")) } : { maskedPaths, readonlyPaths }),
      ...(isPrivileged || security.seccompProfile?.type !== "RuntimeDefault" ? {} : { seccomp: defaultSeccomp(capabilities) }),
    },
  };
}

function refuseUnknown(object: object, known: ReadonlySet<string>, what: string): void {
  const unknown = Object.keys(object).filter((field) => !known.has(field));
  if (unknown.length > 0) throw new Error(`${what} has ${unknown.join(", ")}, which nothing here translates`);
}

function environmentOf(container: Container, node: NodeSide): Readonly<Record<string, string>> {
  const entries = (container.env ?? []).map(({ name, value, valueFrom }): [string, string] => {
    const given = valueFrom === undefined ? value : node.fields[valueFrom.fieldRef.fieldPath];
    if (given === undefined) throw new Error(`${container.name}: nothing says what ${name} is`);
    return [name, given];
  });
  const { api } = node.kubelet;
  const service = api === undefined ? {} : { KUBERNETES_SERVICE_HOST: api.host, KUBERNETES_SERVICE_PORT: String(api.port) };
  return { ...service, ...Object.fromEntries(entries) };
}

/** The volume that holds a ServiceAccount's token for the cluster's API, where the pod is to have it. */
export const apiAccessVolume = "kube-api-access";

function tokenMount({ automountServiceAccountToken }: PodSpec): readonly VolumeMount[] {
  if (automountServiceAccountToken === false) return [];
  return [{ name: apiAccessVolume, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true }];
}

/** $(NAME), as the kubelet does it: what is not known stays as it is. */
function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => environment[name] ?? whole);
}

function capabilitiesOf({ privileged, capabilities: wish }: SecurityContext): readonly string[] {
  const { drop = [], add = [] } = wish ?? {};
  const given = privileged === true ? allCapabilities() : drop.includes("ALL") ? [] : defaultCapabilities;
  const left = given.filter((name) => !drop.includes(name));
  return [...left, ...add].map((name) => `CAP_${name}`);
}

/** A container is given what its machine has: ours may lack some. */
function allCapabilities(): readonly string[] {
  const mask = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`);
  return capabilityNames.filter((_, bit) => (mask >> BigInt(bit)) % 2n === 1n);
}

/** By their numbers (linux/capability.h). */
const capabilityNames = [
  ...["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE"],
  ...["NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO"],
  ...["SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME"],
  ...["SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG"],
  ...["WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"],
];

/** What every container has of its own (containerd, oci/mounts.go). */
function ownMounts(isPrivileged: boolean): readonly object[] {
  const plain = ["nosuid", "noexec", "nodev"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: plain },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: [...plain, "mode=1777", "size=65536k"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...plain, isPrivileged ? "rw" : "ro"] },
  ];
}

/** What is hidden or read-only in /proc and /sys of a container that is not privileged. */
const maskedPaths = [
  "/proc/acpi",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/scsi",
  "/sys/firmware",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

function volumeMount(pod: PodSpec, mount: VolumeMount, node: NodeSide): object {
  const propagation = { None: "rprivate", HostToContainer: "rslave", Bidirectional: "rshared" }[mount.mountPropagation ?? "None"];
  return {
    destination: mount.mountPath,
    type: "bind",
    source: sourceOf(pod, mount.name, node),
    options: ["rbind", propagation, mount.readOnly === true ? "ro" : "rw"],
  };
}

function sourceOf(pod: PodSpec, name: string, node: NodeSide): string {
  const volume = pod.volumes.find((candidate) => candidate.name === name);
  const hostPath = volume?.["hostPath"] as { readonly path: string } | undefined; // core/v1
  const source = hostPath === undefined ? node.volumeFolders[name] : join(node.nodeRoot, hostPath.path);
  if (source === undefined) throw new Error(`nothing here is the volume ${name}`);
  return source;
}

/** A privileged container has the node's devices as they are when it starts (containerd, oci.WithHostDevices). */
function devicesOf(folder: string): readonly object[] {
  const left = new Set(["pts", "shm", "fd", "mqueue", "console", ".lxc", ".lxd-mounts", ".udev"]);
  return readdirSync(folder)
    .filter((name) => !left.has(name))
    .flatMap((name) => {
      const stat = statSync(join(folder, name));
      if (!stat.isBlockDevice() && !stat.isCharacterDevice()) return [];
      const [major, minor] = [
        Number((BigInt(stat.rdev) >> 8n) & 0xfffn),
        Number((BigInt(stat.rdev) & 0xffn) | ((BigInt(stat.rdev) >> 12n) & 0xfff00n)),
      ];
      return [
        {
          path: `/dev/${name}`,
          type: stat.isBlockDevice() ? "b" : "c",
          major,
          minor,
          fileMode: stat.mode & 0o777,
          uid: stat.uid,
          gid: stat.gid,
        },
      ];
    });
}

function bytesOf(quantity: string): number {
  const [, digits = "", unit = ""] = /^(\d+)(Ki|Mi|Gi)$/.exec(quantity) ?? [];
  if (digits === "") throw new Error(`expected memory in Ki, Mi or Gi, got "${quantity}"`);
  return Number(digits) * 2 ** { Ki: 10, Mi: 20, Gi: 30 }[unit as "Ki" | "Mi" | "Gi"]; // by the pattern
}
