/**
 * The Host port on a recorded tree. Its files are ordinary files: edit one, and the report changes. What is no file comes from the recording.
 */
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError, type Clock } from "@nodekeeper/shared";
import type { FilesystemUsage, Host } from "./host.ts";
import { hostError } from "./host-error.ts";
import { kernelLogPath } from "./kernel-log-reader.ts";
import { createLocalHost } from "./local-host.ts";
import { commandKey, isRecordedError, type RecordedPathError, readRecording, recordingFolder, replayError } from "./recording.ts";
import { resolveInside } from "./resolve-inside.ts";

/** Which tree, and time. */
export interface RecordedHostOptions {
  /** An absolute path of a folder with a recording. */
  readonly root: string;
  readonly clock: Clock;
}

/**
 * Opens a recorded tree. Its boot-time clock goes on from the moment of the recording; its wall clock is the real one, since whoever replays a
 * host reports now. Throws HOST_ANSWER_MALFORMED when the recording cannot be understood.
 */
export async function createRecordedHost({ root, clock }: RecordedHostOptions): Promise<Host> {
  const recording = await readRecording(root);
  const tree = createLocalHost({ root, clock });
  const openedAtMs = clock.monotonicMs();
  const unread = new Set(recording.unread);
  const failures = new Map(recording.errors.map((error) => [keyOf(error.action, error.path), error]));
  const usages = new Map(recording.usages.map((usage) => [usage.path, usage.answer]));
  const commands = new Map(recording.commands.map((command) => [commandKey(command.command, command.args), command.answer]));

  const refuse = (what: string): AppError =>
    new AppError("HOST_NOT_SUPPORTED", `cannot ${what}: it is not in the recording ${root}`);
  const failureOf = (action: RecordedPathError["action"], physicalPath: string): void => {
    const failure = failures.get(keyOf(action, physicalPath));
    if (failure !== undefined) throw replayError(failure);
  };
  const measure = async (path: string): Promise<FilesystemUsage> => {
    const answer = usages.get(path);
    if (answer === undefined) throw refuse(`measure ${path}`);
    if (isRecordedError(answer)) throw replayError(answer);
    return answer;
  };

  return {
    root,
    isLive: false,
    readText: async (path, options) => {
      try {
        return await tree.readText(path, options);
      } catch (thrown) {
        if (AppError.from(thrown).code !== "HOST_FILE_MISSING") throw thrown;
        const physicalPath = await resolveInside(root, path);
        failureOf("read", physicalPath);
        if (unread.has(physicalPath)) throw refuse(`read ${path}`);
        throw thrown;
      }
    },
    list: async (path) => {
      const physicalPath = await resolveInside(root, path);
      failureOf("list", physicalPath);
      if (unread.has(physicalPath)) throw refuse(`list ${path}`);
      const names = (await tree.list(path)).filter((name) => physicalPath !== "/" || name !== recordingFolder);
      const known = [...unread, ...recording.errors.map((error) => error.path)];
      const beside = known.filter((each) => dirname(each) === physicalPath).map((each) => basename(each));
      return [...new Set([...names, ...beside])].sort();
    },
    realPath: async (path) => {
      const physicalPath = await resolveInside(root, path);
      failureOf("resolve", physicalPath);
      if (unread.has(physicalPath) || failures.has(keyOf("read", physicalPath))) return physicalPath;
      return await tree.realPath(path);
    },
    statFilesystem: measure,
    statRemoteFilesystem: measure,
    run: async (command, args) => {
      const answer = commands.get(commandKey(command, args));
      if (answer === undefined) throw refuse(`run ${command} ${args.join(" ")}`);
      if (isRecordedError(answer)) throw replayError(answer);
      const [stdout, stderr] = await Promise.all([readOutput(root, answer.stdoutFile), readOutput(root, answer.stderrFile)]);
      return { exitCode: answer.exitCode, stdout, stderr };
    },
    battery: async () => {
      throw refuse("ask the battery");
    },
    time: async () => ({
      wallMs: clock.wallMs(),
      uptimeMs: recording.uptimeMs + Math.round(clock.monotonicMs() - openedAtMs),
    }),
    openKernelLog: async () => {
      failureOf("read", await resolveInside(root, kernelLogPath));
      return await tree.openKernelLog();
    },
    noteUsbReset: () => undefined, // nothing is asked here
  };
}

function keyOf(action: RecordedPathError["action"], path: string): string {
  return `${action} ${path}`;
}

async function readOutput(root: string, name: string): Promise<string> {
  const path = join(root, recordingFolder, name);
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw hostError(thrown, "read", path);
  }
}
