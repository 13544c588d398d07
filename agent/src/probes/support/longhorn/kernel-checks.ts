/**
 * What Longhorn needs of the kernel. Sources: Longhorn's environment_check.sh (versions), longhornctl's checker.go (NFS and modules);
 * /proc/modules, modules.builtin and modules.dep of the running kernel, /boot/config-<release>.
 *
 * One step milder than longhornctl where the kernel helps itself: iscsid loads iscsi_tcp and mount.nfs loads nfs when they are needed, so that a
 * module which is there and not loaded is no error; dm_crypt, for which longhorn-manager shows a condition until it is loaded, is a warning.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, requiredValue } from "../../../host/reading.ts";
import { broken, type Check, type CheckResult, fine, troubling } from "./longhorn-check.ts";

/** Looks at the kernel. */
export async function readKernelChecks(host: Host): Promise<readonly Check[]> {
  const release = await readFile(host, "/proc/sys/kernel/osrelease");
  const folder = release.outcome === "ok" ? `/lib/modules/${release.value.trim()}` : "";
  const [loaded, builtin, configuration] = await Promise.all([
    readFile(host, "/proc/modules"),
    readFile(host, `${folder}/modules.builtin`),
    readFile(host, `/boot/config-${release.outcome === "ok" ? release.value.trim() : ""}`, { keep: keepNfsOptions }),
  ]);
  const isThere = (name: string): boolean => isLoaded(loaded, name) || isListed(builtin, name);
  const isAllThere = modules.every(({ name }) => isThere(name)) && (hasNfsOption(configuration) || isThere("nfsv4"));
  const available = isAllThere ? undefined : await readFile(host, `${folder}/modules.dep`, { maximumBytes: maximumListBytes });
  const raw = { release, loaded, builtin, available };
  return [
    { id: "kernel", judge: () => judgeRelease(release) },
    ...modules.map((module) => ({ id: `module-${module.name}`, judge: () => judgeModule(module, raw) })),
    { id: "nfs-kernel", judge: () => judgeNfs(configuration, raw) },
  ];
}

interface RawModules {
  readonly release: Reading;
  readonly loaded: Reading;
  readonly builtin: Reading;
  /** modules.dep; undefined where nothing is to be learnt from it. */
  readonly available: Reading | undefined;
}

/** Names of modules have underscores, names of their files either. */
interface Module {
  readonly name: string;
  readonly purpose: string;
  /** Whether somebody loads it when it is needed. */
  readonly isLoadedOnDemand: boolean;
}

const modules: readonly Module[] = [
  { name: "iscsi_tcp", purpose: "no volume can be attached to this node", isLoadedOnDemand: true },
  { name: "dm_crypt", purpose: "encrypted volumes do not work", isLoadedOnDemand: false },
  { name: "nfs", purpose: "neither volumes for many writers nor backups over NFS work", isLoadedOnDemand: true },
];
/** A kernel of a distribution has some 6,000 modules. */
const maximumListBytes = 8 << 20;
const leastRelease = [5, 8] as const;
const nfsOptions: readonly string[] = ["CONFIG_NFS_V4", "CONFIG_NFS_V4_1", "CONFIG_NFS_V4_2"];

function judgeRelease(reading: Reading): CheckResult {
  const release = requiredValue(reading).trim();
  const [, major, minor, patch = "0", build] = /^(\d+)\.(\d+)(?:\.(\d+))?(?:-(\d+))?/.exec(release)?.map((part) => part) ?? [];
  if (major === undefined || minor === undefined) {
    throw new AppError(
      "HOST_ANSWER_MALFORMED",
      `${reading.path}: no release of a kernel: ${JSON.stringify(release.slice(0, 80))}`,
    );
  }
  const [x, y, z] = [Number(major), Number(minor), Number(patch)];
  if (x < leastRelease[0] || (x === leastRelease[0] && y < leastRelease[1])) {
    return troubling(
      `Linux ${release} is older than 5.8, the oldest that Longhorn recommends`,
      "Upgrade the kernel to 5.8 or later.",
    );
  }
  const isUbuntuBroken = x === 5 && y === 15 && z === 0 && build !== undefined && Number(build) >= 94 && Number(build) < 100;
  const isBroken = isUbuntuBroken || (x === 6 && y === 5 && z === 6);
  return isBroken
    ? troubling(
        `Linux ${release} is one of those in which Longhorn's volumes break (5.15.0-94 to -99, 6.5.6)`,
        `Upgrade the kernel to ${isUbuntuBroken ? "5.15.0-100" : "6.5.7"} or later.`,
      )
    : fine(`Linux ${release} is new enough`);
}

function judgeModule(
  { name, purpose, isLoadedOnDemand }: Module,
  { release, loaded, builtin, available }: RawModules,
): CheckResult {
  if (isLoaded(loaded, name)) return fine(`${name} is loaded`);
  if (isListed(builtin, name)) return fine(`${name} is built into the kernel`);
  const load = `modprobe ${name} && echo ${name} > /etc/modules-load.d/${name}.conf`;
  if (isListed(available, name)) {
    return isLoadedOnDemand
      ? fine(`${name} is there, and is loaded when it is needed`)
      : troubling(`${name} is there and not loaded: Longhorn says so until it is`, load);
  }
  if (loaded.outcome === "failed") throw loaded.error;
  requiredValue(available ?? builtin);
  return broken(
    `the kernel ${textOf(release).trim()} has no ${name}: ${purpose}`,
    "Install the package with the rest of this kernel's modules (on Ubuntu linux-modules-extra-$(uname -r)).",
  );
}

/** Any version of NFS 4 will do. Where no configuration of the kernel is kept, its module says as much. */
function judgeNfs(configuration: Reading, { loaded, builtin, available }: RawModules): CheckResult {
  const isModule = [builtin, available].some((list) => isListed(list, "nfsv4")) || isLoaded(loaded, "nfsv4");
  if (isModule || hasNfsOption(configuration)) return fine("NFS 4 is supported");
  if (configuration.outcome !== "ok") requiredValue(available ?? builtin);
  return broken("the kernel does not support NFS 4: volumes for many writers do not work", "Boot a kernel with CONFIG_NFS_V4.");
}

function hasNfsOption(configuration: Reading): boolean {
  return nfsOptions.some((name) => new RegExp(`^${name}=[ym]$`, "m").test(textOf(configuration)));
}

function isLoaded(loaded: Reading, name: string): boolean {
  return textOf(loaded).startsWith(`${name} `) || textOf(loaded).includes(`\n${name} `);
}

/** In modules.builtin and modules.dep: kernel/drivers/md/dm-crypt.ko, also compressed. */
function isListed(list: Reading | undefined, name: string): boolean {
  const pattern = new RegExp(`^(?:\\S*/)?${name.replaceAll("_", "[_-]")}\\.ko(?:\\.\\w+)?(?::|$)`, "m");
  return list !== undefined && pattern.test(textOf(list));
}

function keepNfsOptions(text: string): string {
  return (text.match(/^CONFIG_NFS_V4\w{0,8}=[ym]$/gm) ?? []).map((line) => `${line}\n`).join("");
}

function textOf(reading: Reading): string {
  return reading.outcome === "ok" ? reading.value : "";
}
