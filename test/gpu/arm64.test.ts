/** The child on a Raspberry Pi's processor, under emulation: the same layouts, the same answers. What is run is the bundle, as it is shipped. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkReading } from "../../agent/src/probes/support/gpu/nvidia/check-reading.ts";
import { arm64Emulation } from "../arm64/emulation.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { cachedFolder } from "../vm/cache.ts";
import { runTool } from "../vm/tool.ts";
import { completeAddress, completeGpu, completeReading } from "./complete-gpu.ts";
import { missingForStandIn, type StandInHost, standInHost } from "./stand-in.ts";

const compiler = "aarch64-linux-gnu-gcc";
const bundle = repositoryPath("agent/dist/nvml.cjs");
const koffi = repositoryPath("agent/node_modules/koffi");
const unbuilt = existsSync(bundle) ? undefined : `not built: ${bundle} (pnpm run build)`;
const emulation = unbuilt ?? missingForStandIn(compiler) ?? (await arm64Emulation());
const native = typeof emulation === "string" ? emulation : await nativeKoffi();
const missing = typeof native === "string" ? native : undefined;

describe.skipIf(missing !== undefined)(
  `NVIDIA's library on arm64${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let standIn: StandInHost;

    beforeAll(async () => {
      folder = await temporaryFolder();
      standIn = await standInHost({ gpus: { [completeAddress]: completeGpu } }, { compiler });
      await cp(bundle, join(folder.path, "nvml.cjs"));
      if (typeof native !== "string") await installKoffi(join(folder.path, "node_modules"), native.path);
    });

    afterAll(async () => {
      await standIn[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    });

    it("every value of a GPU is read as it is read here", { timeout: 60_000 }, () => {
      if (typeof emulation === "string") throw new Error(emulation);
      const [command, ...argv] = emulation.node;
      const child = [...argv, join(folder.path, "nvml.cjs"), "--gpus", completeAddress, join(standIn.root, standIn.library)];

      const stdout = execFileSync(command, child, { env: emulation.env, encoding: "utf8" });

      expect(checkReading(JSON.parse(stdout))).toEqual({ source: "nvml", gpus: [completeReading] });
    });
  },
);

/** Where koffi's native part for arm64 lies, fetched once; or why it cannot be had. */
async function nativeKoffi(): Promise<{ readonly path: string } | string> {
  const { version } = JSON.parse(readFileSync(join(koffi, "package.json"), "utf8")) as { readonly version: string }; // every package has one
  try {
    const folder = await cachedFolder("koffi-arm64", version, async (place) => {
      const name = (await runTool("npm", ["pack", "--silent", `@koromix/koffi-linux-arm64@${version}`], { cwd: place })).trim();
      await runTool("tar", ["-xzf", name], { cwd: place });
      await rm(join(place, name));
    });
    return { path: join(folder, "package") };
  } catch (error) {
    return `no koffi for arm64: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function installKoffi(modules: string, nativePath: string): Promise<void> {
  await cp(koffi, join(modules, "koffi"), { recursive: true, dereference: true });
  await mkdir(join(modules, "@koromix"), { recursive: true });
  await cp(nativePath, join(modules, "@koromix/koffi-linux-arm64"), { recursive: true });
}
