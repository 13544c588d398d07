/** What the pods of the agent are given beyond an ordinary container, from the manifest; and what deploy/daemonset/README.md says each is for. */
import { readFileSync } from "node:fs";
import { repositoryPath } from "../e2e/installation.ts";
import type { Container, PodSpec, VolumeMount } from "./pod-spec.ts";

/** A mount or privilege that a container has, and the container without it. */
export interface Given {
  readonly container: string;
  /** As in the README, e.g. "`/dev`" or "`privileged`". */
  readonly what: string;
  readonly without: Container;
}

/** A row of the README's table. */
export interface PrivilegeRow {
  readonly container: string;
  readonly what: string;
  /** What breaks: names of probes, or one sentence such as "does not start". */
  readonly breaks: readonly string[];
}

/** All that could be taken away, one at a time. */
export function givenBeyondOrdinary(pod: PodSpec): readonly Given[] {
  return pod.containers.flatMap((container) => [
    ...container.volumeMounts.map((mount) => ({
      ...{ container: container.name, what: mount.mountPath },
      without: withMounts(
        container,
        container.volumeMounts.filter((other) => other !== mount),
      ),
    })),
    ...container.volumeMounts
      .filter((mount) => mount.mountPropagation !== undefined && mount.mountPropagation !== "None")
      .map((mount) => ({
        ...{ container: container.name, what: `${mount.mountPath} ${mount.mountPropagation}` },
        without: withMounts(
          container,
          container.volumeMounts.map((other) => (other === mount ? { ...other, mountPropagation: "None" } : other)),
        ),
      })),
    ...privileges(container),
  ]);
}

/** The table of the README. */
export function privilegeRows(): readonly PrivilegeRow[] {
  const text = readFileSync(repositoryPath("deploy/daemonset/README.md"), "utf8");
  return [...text.matchAll(/^\| `(probe|report)` +\| `([^`]+)` +\|[^|]*\|([^|]*)\|$/gm)].map(
    ([, container = "", what = "", breaks = ""]) => ({
      container,
      what,
      breaks: breaks.includes("`") ? [...breaks.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name) : [breaks.trim()],
    }),
  );
}

function withMounts(container: Container, volumeMounts: readonly VolumeMount[]): Container {
  return { ...container, volumeMounts };
}

function privileges(container: Container): readonly Given[] {
  const { securityContext } = container;
  const found: Given[] = [];
  if (securityContext.privileged === true)
    found.push({
      container: container.name,
      what: "privileged",
      without: { ...container, securityContext: { ...securityContext, privileged: false } },
    });
  if (securityContext.runAsUser === 0) {
    const ordinary = { ...securityContext, runAsUser: 65532, runAsGroup: 65532 };
    found.push({ container: container.name, what: "runAsUser: 0", without: { ...container, securityContext: ordinary } });
  }
  return found;
}
