/** The house's own source files, as text, for the tests about the house itself. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** One file of the house. */
export interface SourceFile {
  /** Path from the repository's root, e.g. agent/src/probe.ts. */
  readonly path: string;
  readonly text: string;
  /** Text without comments, for searches that must not find prose. */
  readonly code: string;
  /** What it imports: a path from the repository's root for our own files, else the package's name. */
  readonly imports: readonly string[];
}

/** The repository's root. */
export const repositoryRoot: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

const sourceFolders = [
  "agent/src",
  "collector/src",
  "proto/src",
  "packages/shared/src",
  "packages/cli/src",
  "packages/dashboard/src",
];
const ownPackages: Readonly<Record<string, string>> = {
  "@nodekeeper/proto": "proto/src/index.ts",
  "@nodekeeper/proto/connect": "proto/src/connect-method.ts",
  "@nodekeeper/proto/grpc": "proto/src/grpc.ts",
  "@nodekeeper/proto/health": "proto/src/health.ts",
  "@nodekeeper/shared": "packages/shared/src/index.ts",
  "@nodekeeper/shared/api": "packages/shared/src/api/index.ts",
  "@nodekeeper/shared/fields": "packages/shared/src/readings/fields.ts",
  "@nodekeeper/shared/readings": "packages/shared/src/readings/index.ts",
  "@nodekeeper/shared/format": "packages/shared/src/format.ts",
  "@nodekeeper/shared/test-support": "packages/shared/src/test-support/index.ts",
  "@nodekeeper/agent/capture": "agent/src/capture.ts",
  "@nodekeeper/agent/doctor": "agent/src/doctor.ts",
  "@nodekeeper/collector/policy": "collector/src/policy/offline.ts",
  "@nodekeeper/agent/enroll": "agent/src/enroll.ts",
};

/** Hand-written source files of the product; tests and generated code are left out. */
export function productSources(): readonly SourceFile[] {
  return allSources().filter((file) => !isTestCode(file.path));
}

/** Hand-written source files, tests included. */
export function allSources(): readonly SourceFile[] {
  return sourceFolders.flatMap((folder) => listFiles(join(repositoryRoot, folder))).map(readSource);
}

/** Names of the files in a folder, without tests and index.ts. */
export function moduleNames(folder: string): readonly string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") && entry.name !== "index.ts",
    )
    .map((entry) => entry.name.slice(0, -".ts".length))
    .sort();
}

function isTestCode(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.includes("/test-support/");
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/src\/(?:api\/)?gen\//.test(path));
}

function readSource(absolutePath: string): SourceFile {
  const text = readFileSync(absolutePath, "utf8");
  const path = relative(repositoryRoot, absolutePath);
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|[^:"'`])\/\/.*$/gm, "$1");
  const specifiers = [
    ...code.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|\bimport\(\s*"([^"]+)"|(?:^|\n)\s*import\s+"([^"]+)"/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  return { path, text, code, imports: specifiers.map((specifier) => resolveImport(path, specifier)) };
}

function resolveImport(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  return ownPackages[specifier] ?? specifier;
}
