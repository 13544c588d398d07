/** Writes what a host answered: files as a tree, programs' output and everything that is no file beside it. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@nodekeeper/shared";
import type { CommandResult, Host } from "./host.ts";
import { hostError } from "./host-error.ts";
import type { Answer, Recorded } from "./recorded-answers.ts";
import {
  commandOfKey,
  type RecordedCommand,
  type RecordedError,
  type RecordedPathError,
  type Recording,
  recordingFolder,
  recordingPath,
} from "./recording.ts";
import { RecordingTree } from "./recording-tree.ts";

/** Makes a folder that only its owner can read; one that is there must be empty. */
export async function makeEmptyFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length === 0) return;
  } catch (thrown) {
    throw hostError(thrown, "list", folder);
  }
  throw new AppError(
    "DIRECTORY_NOT_WRITABLE",
    `cannot record into ${folder}: it is not empty; name a folder that is not there yet`,
  );
}

/** Writes a recording. `host` is asked once more where the paths that were asked physically lie. */
export async function writeRecording(folder: string, host: Host, recorded: Recorded): Promise<void> {
  const tree = new RecordingTree(host);
  const listed = new Set<string>();
  for (const [path, answer] of recorded.listings) {
    const place = await tree.follow(path);
    if ("error" in answer) continue;
    tree.addFolder(place);
    for (const name of answer.value) listed.add(join(place, name));
  }
  for (const [path, answer] of recorded.texts) {
    const place = await tree.follow(path);
    if ("value" in answer) tree.addFile(place, Buffer.from(answer.value, recorded.binaries.has(path) ? "latin1" : "utf8"));
  }
  for (const path of recorded.links.keys()) await tree.follow(path);
  await tree.write(folder);

  const errors: readonly RecordedPathError[] = [
    ...(await failures(tree, "read", recorded.texts)),
    ...(await failures(tree, "list", recorded.listings)),
    ...(await failures(tree, "resolve", recorded.links)),
  ].filter((error) => error.code !== "HOST_FILE_MISSING" || listed.has(error.path));
  const failed = new Set(errors.map((error) => error.path));
  const seen = new Set([...listed, ...tree.linkTargets()]);
  const recording: Recording = {
    format: 1,
    recordedAtUnixMs: recorded.time.wallMs,
    uptimeMs: recorded.time.uptimeMs,
    unread: [...seen].filter((place) => !tree.has(place) && !failed.has(place)).sort(),
    errors,
    usages: [...recorded.usages].map(([path, answer]) => ({ path, answer: "error" in answer ? answer.error : answer.value })),
    commands: await writeCommands(folder, recorded.commands),
  };
  await writeFile(recordingPath(folder), `${JSON.stringify(recording, undefined, 2)}\n`);
}

async function failures(
  tree: RecordingTree,
  action: RecordedPathError["action"],
  answers: ReadonlyMap<string, Answer<unknown>>,
): Promise<readonly RecordedPathError[]> {
  const failed = [...answers].flatMap(([path, answer]) => ("error" in answer ? [{ path, error: answer.error }] : []));
  return await Promise.all(failed.map(async ({ path, error }) => ({ path: await tree.follow(path), action, ...error })));
}

async function writeCommands(
  folder: string,
  commands: ReadonlyMap<string, Answer<CommandResult>>,
): Promise<readonly RecordedCommand[]> {
  await mkdir(join(folder, recordingFolder, "commands"), { recursive: true });
  const written: RecordedCommand[] = [];
  for (const [key, answer] of commands) {
    const call = commandOfKey(key);
    const name = `commands/${String(written.length + 1).padStart(2, "0")}-${call.command}`;
    written.push({ ...call, answer: "error" in answer ? answer.error : await writeOutput(folder, name, answer.value) });
  }
  return written;
}

async function writeOutput(
  folder: string,
  name: string,
  result: CommandResult,
): Promise<Exclude<RecordedCommand["answer"], RecordedError>> {
  const { exitCode, stdout, stderr } = result;
  const [stdoutFile, stderrFile] = [`${name}.stdout`, `${name}.stderr`];
  await writeFile(join(folder, recordingFolder, stdoutFile), stdout);
  await writeFile(join(folder, recordingFolder, stderrFile), stderr);
  return { exitCode, stdoutFile, stderrFile };
}
