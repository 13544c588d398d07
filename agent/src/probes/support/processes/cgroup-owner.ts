/**
 * What a process belongs to, by the names in its control groups: systemd, Docker, Podman, containerd, CRI-O and the kubelet each write theirs into the
 * path. Source: /proc/<pid>/cgroup (cgroups(7)): one line for version 2, one for each hierarchy of version 1.
 */

/** What the paths say; a field is empty where they say nothing of it. */
export interface CgroupOwner {
  /** The system manager's unit, not a user's inside user@….service. */
  readonly unit: string;
  /** 64 hexadecimal digits; of containers in containers the innermost. */
  readonly containerId: string;
  /** With dashes, as the API server writes it; of a static pod the 32 digits of its hash. */
  readonly podUid: string;
}

/** Reads the text of a cgroup file. */
export function cgroupOwner(text: string): CgroupOwner {
  const paths = text.split("\n").flatMap((line) => pathOf(line));
  // A runtime that was told two ways of naming joins them by colons: kubepods-…-pod….slice:cri-containerd:<id>.
  const places = paths.map((path) => path.split(/[/:]/).filter((name) => name !== "" && name !== ".."));
  return {
    unit: firstOf(places, (names) => names.find(isUnit)),
    containerId: firstOf(places, (names) => lastOf(names, containerIn)),
    podUid: firstOf(places, (names) => lastOf(names, podIn)),
  };
}

/** `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>`, `libpod-payload-<id>`, or the id alone. */
const containerName = /^(?:[a-z][\w.-]*-)?([0-9a-f]{64})(?:\.scope)?$/;
/** What watches over a container is not in it: libpod-conmon-<id>.scope, crio-conmon-<id>.scope. */
const monitorName = /^[\w-]*conmon-/;
/** `kubepods-burstable-pod<uid>.slice`, `pod<uid>`; systemd has no dashes in the names of slices, so they are written as underscores. */
const podName = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const unitName = /^[^/]+\.(?:service|scope|socket|mount|swap)$/;

/** The path of a line `hierarchy:controllers:path`; none of a line in another form. */
function pathOf(line: string): readonly string[] {
  const [, path = ""] = /^\d+:[^:]*:(\/.*)$/.exec(line) ?? [];
  return path === "" ? [] : [path];
}

function isUnit(name: string): boolean {
  return unitName.test(name) && containerIn(name) === undefined && !podName.test(name);
}

function containerIn(name: string): string | undefined {
  return monitorName.test(name) ? undefined : containerName.exec(name)?.[1];
}

function podIn(name: string): string | undefined {
  return podName.exec(name)?.[1]?.replaceAll("_", "-");
}

function lastOf(names: readonly string[], find: (name: string) => string | undefined): string | undefined {
  return names.flatMap((name) => find(name) ?? []).at(-1);
}

function firstOf(places: readonly (readonly string[])[], find: (names: readonly string[]) => string | undefined): string {
  return places.flatMap((names) => find(names) ?? [])[0] ?? "";
}
