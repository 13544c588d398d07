/**
 * The real Ollama, built from its Go module: server and CPU runner. The module as Go serves it lacks the folders named "vendor" with the headers
 * of three C++ libraries: two come from Debian's packages, the third from another Go module.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { builtGoProgram, goOutput } from "../support/go-program.ts";
import { cacheDirectory } from "../vm/cache.ts";
import { findTool } from "../vm/tool.ts";

/** What Ollama says its version is: it is told when it is built. */
export async function ollamaVersion(): Promise<string> {
  const version = /github\.com\/ollama\/ollama v(\S+)/.exec(await readFile(join(moduleFolder, "go.mod"), "utf8"))?.[1];
  if (version === undefined) throw new Error("go.mod does not name a version of Ollama");
  return version;
}

/** Why Ollama cannot be built here; undefined where it can. Downloads its module where it is not there. */
export async function missingForOllama(): Promise<string | undefined> {
  const missing = [
    ...["go", "g++"].filter((tool) => findTool(tool) === undefined),
    ...[...headers].filter(([header]) => !existsSync(header)).map(([, packageName]) => packageName),
  ];
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  try {
    await goOutput(["mod", "download", "github.com/ollama/ollama", audioModule], moduleFolder);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where the program lies. Three minutes of two cores where it was not built before. */
export async function ollamaProgram(): Promise<string> {
  const audio = (await goOutput(["list", "-m", "-f", "{{.Dir}}", audioModule], moduleFolder)).trim();
  return await builtGoProgram({
    name: "ollama",
    moduleFolder,
    package: "github.com/ollama/ollama",
    flags: ["-ldflags", `-s -w -X github.com/ollama/ollama/version.Version=${await ollamaVersion()}`],
    variables: {
      CGO_CPPFLAGS: `-I${await headerFolder(audio)}`,
      // A model of two layers needs no optimised code, and without it the build is half as long.
      CGO_CFLAGS: "-O0 -g0",
      CGO_CXXFLAGS: "-O0 -g0",
    },
  });
}

const moduleFolder = join(import.meta.dirname, "program");
/** Has miniaudio.h, which Ollama's code includes as miniaudio/miniaudio.h. */
const audioModule = "github.com/gen2brain/malgo";

const headers: ReadonlyMap<string, string> = new Map([
  ["/usr/include/nlohmann/json.hpp", "nlohmann-json3-dev"],
  ["/usr/include/stb/stb_image.h", "libstb-dev"],
]);

/** A folder whose path is always the same for the same version, since Go's own cache has it among its keys. */
async function headerFolder(audio: string): Promise<string> {
  const folder = join(cacheDirectory(), "ollama-headers", basename(audio));
  await mkdir(folder, { recursive: true });
  const link = join(folder, "miniaudio");
  if (!existsSync(link)) await symlink(audio, link).catch(() => undefined); // another test made it just now
  return folder;
}
