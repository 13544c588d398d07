/**
 * Each mount and privilege of the agent's pod is needed, and for nothing but what deploy/daemonset/README.md says: the containers of the manifest are
 * run by runc in the built image on a node of the test's own, one thing is taken away at a time, and `nodekeeper doctor` is asked beside the running
 * agent, as `kubectl exec` does. The node has a Raspberry Pi's files; its NVMe disk is a device that answers no ioctl, so that what counts of it is
 * whether smartctl reaches it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../durability/wait-until.ts";
import { builtImage, type Image, imageBuildLimitMs, missingForImages } from "./images.ts";
import { deployFolder, manifests, missingForManifests, objectOf, podSpecOf } from "./manifests.ts";
import { preparePod } from "./pod-on-node.ts";
import type { Container, PodSpec } from "./pod-spec.ts";
import { givenBeyondOrdinary, privilegeRows } from "./privilege-rows.ts";
import { missingForNode, startTestNode, type TestNode } from "./test-node.ts";

const missing = missingForManifests() ?? missingForImages() ?? missingForNode();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const rows = privilegeRows();
/** The other container has no file of the node: what it needs is proved where the whole pod runs. */
const probeRows = rows.filter((row) => row.container === "probe").map((row) => ({ ...row, expected: row.breaks.join(", ") }));

describe.skipIf(missing !== undefined)(
  `feature 88: split: an unprivileged network process and a small privileged probe${whyNot}`,
  { timeout: 90_000 },
  () => {
    let pod: PodSpec;
    let image: Image;
    let whole: Looked;

    beforeAll(async () => {
      pod = podSpecOf(objectOf(await manifests(deployFolder), "DaemonSet", "nodekeeper-agent"));
      image = await builtImage("agent");
      whole = await look(pod, image, containerOf(pod, "probe"));
    }, imageBuildLimitMs);

    it("has a row in its README for each mount and privilege, and no other", () => {
      const given = givenBeyondOrdinary(pod).map(({ container, what }) => `${container}: ${what}`);

      expect(rows.map(({ container, what }) => `${container}: ${what}`).sort()).toEqual(given.sort());
    });

    it("reads all that the node has, as it is deployed", () => {
      expect(whole).toMatchObject({ kind: "looked" });
      const { outcomes } = looked(whole);
      const read = [...outcomes].filter(([, outcome]) => outcome === "ok").map(([name]) => name);
      expect(read).toEqual(
        expect.arrayContaining([
          "system",
          "time",
          "disks",
          "smart",
          "kernel-log",
          "network",
          "sensors",
          "raspberry-pi",
          "kubernetes",
          "longhorn",
        ]),
      );
      expect(looked(whole).facts.get("disks filesystem /mnt/late")).toBe("ok, small");
      expect(looked(whole).facts.get("smart disk_health eui.00000000000000018ce38e0300a1b2c3")).toContain("Inappropriate ioctl");
    });

    it.each(probeRows)("without $what breaks: $expected", async ({ what, breaks }) => {
      const taken = givenBeyondOrdinary(pod).find((given) => given.container === "probe" && given.what === what);

      const found = await look(pod, image, taken?.without ?? containerOf(pod, "probe"));

      expect(broken(whole, found)).toEqual(breaks);
    });
  },
);

/** What the agent's container could see. */
type Looked =
  | { readonly kind: "ended"; readonly exitCode: number | null; readonly words: string }
  | { readonly kind: "looked"; readonly outcomes: ReadonlyMap<string, string>; readonly facts: ReadonlyMap<string, string> };

const notStarted = "does not start";
const startLimitMs = 60_000;

async function look(pod: PodSpec, image: Image, container: Container): Promise<Looked> {
  await using node = await startTestNode();
  const prepared = await preparePod(node, pod, {
    fields: { "spec.nodeName": "bobcat", "status.hostIP": "127.0.0.1", "metadata.name": "agent" },
  });
  const running = await prepared.start(container, image);
  let end: { readonly exitCode: number | null; readonly stderr: string } | undefined;
  void running.ended.then((ended) => {
    end = ended;
  });
  await waitUntil("the container answers or ends", startLimitMs, async () => end !== undefined || (await isAlive(node)));
  if (end !== undefined) return { kind: "ended", exitCode: end.exitCode, words: end.stderr };
  await changeLater(node);
  const doctor = ["/usr/bin/nodekeeper", "doctor", "--json", "--host-root=/host"];
  const { stdout, stderr } = await node.exec(`agent-${container.name}`, doctor);
  return lookedFrom(stdout, stderr);
}

/** After the container's start a filesystem is mounted, and a disk gets its device. */
async function changeLater(node: TestNode): Promise<void> {
  await mkdir(join(node.root, "mnt/late"), { recursive: true });
  // /dev/fuse under the disk's name: it can be opened, and knows none of smartctl's questions.
  const script = `
    mke2fs -q -F -t ext4 "$1.image" 8M && mount -o loop "$1.image" "$1/mnt/late" && mknod -m 600 "$1/dev/nvme0" c 10 229
  `;
  const { exitCode, stderr } = await node.run("sh", "-c", script, "sh", node.root);
  expect(`${exitCode} ${stderr}`).toBe("0 ");
}

async function isAlive(node: TestNode): Promise<boolean> {
  return (await node.run("busybox", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:7062/healthz")).exitCode === 0;
}

interface Report {
  readonly probes: readonly {
    readonly name: string;
    readonly outcome: string;
    readonly failure?: { readonly message: string };
    readonly value?: { readonly sizeBytes?: number };
  }[];
  readonly subjects: readonly {
    readonly probe: string;
    readonly kind: string;
    readonly id: string;
    readonly outcome: string;
    readonly failure?: { readonly message: string };
    readonly value?: { readonly sizeBytes?: number };
  }[];
}

function lookedFrom(stdout: string, stderr: string): Looked {
  if (stdout === "") throw new Error(`the doctor said nothing: ${stderr}`);
  const { probes, subjects } = JSON.parse(stdout) as Report; // our own program
  return {
    kind: "looked",
    outcomes: new Map(probes.map(({ name, outcome }) => [name, outcome])),
    // What the kernel has logged meanwhile is not of interest, only whether its log could be read.
    facts: new Map(
      subjects
        .filter(({ kind }) => kind !== "kernel_fault")
        .map(({ probe, kind, id, outcome, failure, value }) => [
          `${probe} ${kind} ${id}`,
          failure?.message ?? sized(outcome, value?.sizeBytes),
        ]),
    ),
  };
}

/** A folder on which nothing is mounted, as we see it, has the size of the filesystem around it. */
function sized(outcome: string, sizeBytes: number | undefined): string {
  return sizeBytes === undefined ? outcome : `${outcome}, ${sizeBytes < 2 ** 24 ? "small" : "large"}`;
}

/** Probes of which something is not as it is with everything; or that nothing runs. */
function broken(before: Looked, after: Looked): readonly string[] {
  if (after.kind === "ended") return after.exitCode === 0 ? ["ends"] : [notStarted];
  const [a, b] = [looked(before), after];
  const names = [...a.outcomes.keys()];
  return names.filter((name) => {
    const keys = [...a.facts.keys(), ...b.facts.keys()].filter((key) => key.startsWith(`${name} `));
    return a.outcomes.get(name) !== b.outcomes.get(name) || keys.some((key) => a.facts.get(key) !== b.facts.get(key));
  });
}

function looked(found: Looked): Extract<Looked, { readonly kind: "looked" }> {
  if (found.kind !== "looked") throw new Error(`the container ended with ${found.exitCode}: ${found.words}`);
  return found;
}

function containerOf({ containers }: PodSpec, name: string): Container {
  const container = containers.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`the pod has no container ${name}`);
  return container;
}
