/** The images of deploy/containers: what is in them, for both architectures, and that it starts. */
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { repositoryPath } from "../e2e/installation.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { findTool, tryTool } from "../vm/tool.ts";
import {
  type Architecture,
  builtAnew,
  builtImage,
  type Image,
  type ImageName,
  imageBuildLimitMs,
  missingForImages,
} from "./images.ts";

const missing = missingForImages();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
/** Under emulation a program takes seconds to start, and many times that beside other work. */
const emulationLimitMs = 180_000;
const emulator = findTool("qemu-aarch64-static");
const architectures: readonly Architecture[] = emulator === undefined ? ["amd64"] : ["amd64", "arm64"];
const kinds = architectures.flatMap((architecture) => (["agent", "collector"] as const).map((name) => ({ name, architecture })));

describe.skipIf(missing !== undefined)(`feature 91: reproducible multi-arch images, SBOM${whyNot}`, { timeout: 90_000 }, () => {
  const images = new Map<string, Image>();

  beforeAll(async () => {
    for (const { name, architecture } of kinds) images.set(`${name} ${architecture}`, await builtImage(name, architecture));
  }, 2 * imageBuildLimitMs);

  const imageOf = (name: ImageName, architecture: Architecture): Image => {
    const image = images.get(`${name} ${architecture}`);
    if (image === undefined) throw new Error("it was built before");
    return image;
  };

  it.each(kinds)("holds programs of $architecture alone: $name", ({ name, architecture }) => {
    const machine = { amd64: 0x3e, arm64: 0xb7 }[architecture]; // e_machine of elf(5)

    const { rootfs } = imageOf(name, architecture);
    const machines = filesOf(rootfs).flatMap((path) => machineOf(join(rootfs, path)));

    expect(machines.length).toBeGreaterThan(10);
    expect(new Set(machines)).toEqual(new Set([machine]));
  });

  it.each(kinds)(
    "starts on $architecture, with its native parts: $name",
    async ({ name, architecture }) => {
      const { rootfs, config } = imageOf(name, architecture);
      const program = config.Entrypoint?.at(-1) ?? "";
      const native = name === "agent" ? "koffi" : "better-sqlite3";

      const version = await inImage(rootfs, architecture, ["/usr/bin/node", program, "--version"]);
      const cli = await inImage(rootfs, architecture, [
        "/usr/bin/node",
        "/opt/nodekeeper/packages/cli/dist/nodekeeper.cjs",
        "version",
      ]);
      const script = `new (require("/opt/nodekeeper/node_modules/${native}"))`;
      const loaded = await inImage(rootfs, architecture, [
        ...["/usr/bin/node", "-p"],
        name === "agent"
          ? 'typeof require("/opt/nodekeeper/node_modules/koffi").load'
          : `${script}(":memory:").prepare("select 6 * 7 as n").get().n`,
      ]);

      const { version: ours } = JSON.parse(readFileSync(repositoryPath("package.json"), "utf8")) as {
        version: string;
      };
      expect([version, cli, loaded].map(({ stdout, stderr }) => stdout.trim() || stderr)).toEqual([
        ours,
        ours,
        name === "agent" ? "function" : "42",
      ]);
    },
    emulationLimitMs,
  );

  it.each(kinds)("lists what it is made of: $name for $architecture", ({ name, architecture }) => {
    const { rootfs } = imageOf(name, architecture);
    const bill = JSON.parse(readFileSync(join(rootfs, "usr/share/nodekeeper/sbom.cdx.json"), "utf8")) as BillOfMaterials;
    const packages = readdirSync(join(rootfs, "var/lib/dpkg/status.d"));
    const npmName = { amd64: "x64", arm64: "arm64" }[architecture];

    expect(bill).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      metadata: { component: { name: `nodekeeper-${name}` } },
    });
    const purls = bill.components.map(({ purl }) => purl);
    expect(new Set(purls).size).toBe(purls.length);
    for (const each of packages) expect(purls).toContainEqual(expect.stringMatching(debianUrl(each, architecture)));
    expect(purls).toContainEqual(expect.stringMatching(new RegExp(`^pkg:npm/node-linux-${npmName}@24\\.`)));
    expect(purls.some((purl) => purl.startsWith("pkg:npm/better-sqlite3@"))).toBe(name === "collector");
    expect(purls.some((purl) => purl.startsWith(`pkg:npm/%40koromix/koffi-linux-${npmName}@`))).toBe(name === "agent");
    for (const { purl, hashes } of bill.components.filter((each) => each.purl.startsWith("pkg:npm/")))
      expect(hashes?.[0]?.content, purl).toMatch(/^[0-9a-f]{128}$/);
  });

  it.skipIf(process.env["NODEKEEPER_REPRODUCE"] === undefined)(
    "is the same to the byte when it is built again from nothing",
    async () => {
      for (const name of ["agent", "collector"] as const) {
        await using folder = await temporaryFolder();
        const again = await builtAnew(name, "amd64", folder.path);
        expect(again.layers).toEqual(imageOf(name, "amd64").layers);
      }
    },
    4 * imageBuildLimitMs,
  );
});

describe.skipIf(missing !== undefined)(`feature 87: images with no shell${whyNot}`, { timeout: 90_000 }, () => {
  it.each(["agent", "collector"] as const)("has no program but those that it runs, and is nobody's: %s", async (name) => {
    const { rootfs, config } = await builtImage(name);
    const programs = filesOf(rootfs).filter((path) => /^usr\/s?bin\//.test(path));

    const expected = {
      agent: ["agent", "node", "nodekeeper", "stat", "smartctl"],
      collector: ["collector", "node", "nodekeeper"],
    };
    expect(programs.map((path) => path.split("/").at(-1)).sort()).toEqual(expected[name].sort());
    expect(config.User).toBe("65532:65532");
    expect(filesOf(rootfs).filter((path) => (lstatSync(join(rootfs, path)).mode & 0o6000) !== 0)).toEqual([]);
    expect(["bin/sh", "usr/bin/npm", "usr/bin/apt", "usr/bin/dpkg"].filter((path) => existsSync(join(rootfs, path)))).toEqual([]);
  });
});

describe("the context of a build", () => {
  it("is the same for docker as for buildah and podman", () => {
    const [buildah, docker] = [".containerignore", ".dockerignore"].map((name) => readFileSync(repositoryPath(name), "utf8"));

    expect(docker).toBe(buildah);
  });
});

interface BillOfMaterials {
  readonly components: readonly { readonly purl: string; readonly hashes?: readonly { readonly content: string }[] }[];
}

function debianUrl(name: string, architecture: Architecture): RegExp {
  return new RegExp(`^pkg:deb/debian/${encodeURIComponent(name)}@.+\\?arch=(?:${architecture}|all)$`);
}

/** Files and links, relative to the root, without what is mounted over. */
function filesOf(rootfs: string): readonly string[] {
  return readdirSync(rootfs, { recursive: true, encoding: "utf8" }).filter(
    (path) => !lstatSync(join(rootfs, path)).isDirectory(),
  );
}

/** Of an ELF file, the machine that it is for; nothing for any other. */
function machineOf(path: string): readonly number[] {
  if (!lstatSync(path).isFile()) return [];
  const head = Buffer.alloc(20);
  const file = openSync(path, "r");
  readSync(file, head);
  closeSync(file);
  return head.subarray(0, 4).toString("latin1") === "\u007fELF" ? [head.readUInt16LE(18)] : [];
}

/** Runs a program with an image's files: in it where this machine can, else by an emulator with its libraries. */
async function inImage(
  rootfs: string,
  architecture: Architecture,
  argv: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  if (architecture === "amd64") return await tryTool("chroot", [rootfs, ...argv]);
  const [program = "", ...rest] = argv.map((text) => text.replaceAll("/opt/nodekeeper/", `${rootfs}/opt/nodekeeper/`));
  return await tryTool("qemu-aarch64-static", ["-L", rootfs, join(rootfs, program), ...rest]);
}
