/**
 * The Host port on a recorded tree. Its files are ordinary files: edit one, and the report changes. What is no file comes from the recording, which is
 * read again when somebody edits it.
 */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError, type Clock } from "@nodekeeper/shared";
import type { FilesystemUsage, Host } from "./host.ts";
import { hostError } from "./host-error.ts";
import { kernelLogPath } from "./kernel-log-reader.ts";
import { createLocalHost } from "./local-host.ts";
import {
  commandKey,
  holdersKey,
  isRecordedError,
  type Recording,
  readRecording,
  recordingFolder,
  recordingPath,
  replayError,
  requestKey,
} from "./recording.ts";
import type { RecordedCommand, RecordedHolders, RecordedPathError, RecordedService, RecordedUsage } from "./recording-form.ts";
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
  const tree = createLocalHost({ root, clock });
  const answers = await createAnswers(root);
  const { uptimeMs } = (await answers()).recording;
  const openedAtMs = clock.monotonicMs();

  const refuse = (what: string): AppError =>
    new AppError("HOST_NOT_SUPPORTED", `cannot ${what}: it is not in the recording ${root}`);
  const failureOf = async (action: RecordedPathError["action"], physicalPath: string): Promise<void> => {
    const failure = (await answers()).failures.get(keyOf(action, physicalPath));
    if (failure !== undefined) throw replayError(failure);
  };
  const measure = async (path: string): Promise<FilesystemUsage> => {
    const answer = (await answers()).usages.get(path);
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
        await failureOf("read", physicalPath);
        if ((await answers()).unread.has(physicalPath)) throw refuse(`read ${path}`);
        throw thrown;
      }
    },
    list: async (path) => {
      const physicalPath = await resolveInside(root, path);
      await failureOf("list", physicalPath);
      const { recording, unread } = await answers();
      if (unread.has(physicalPath)) throw refuse(`list ${path}`);
      const names = (await tree.list(path)).filter((name) => physicalPath !== "/" || name !== recordingFolder);
      const known = [...unread, ...recording.errors.map((error) => error.path)];
      const beside = known.filter((each) => dirname(each) === physicalPath).map((each) => basename(each));
      return [...new Set([...names, ...beside])].sort();
    },
    realPath: async (path) => {
      const physicalPath = await resolveInside(root, path);
      await failureOf("resolve", physicalPath);
      const { failures, unread } = await answers();
      if (unread.has(physicalPath) || failures.has(keyOf("read", physicalPath))) return physicalPath;
      return await tree.realPath(path);
    },
    statFilesystem: measure,
    statRemoteFilesystem: measure,
    run: async (command, args) => {
      const answer = (await answers()).commands.get(commandKey(command, args));
      if (answer === undefined) throw refuse(`run ${command} ${args.join(" ")}`);
      if (isRecordedError(answer)) throw replayError(answer);
      const [stdout, stderr] = await Promise.all([readOutput(root, answer.stdoutFile), readOutput(root, answer.stderrFile)]);
      return { exitCode: answer.exitCode, stdout, stderr };
    },
    ask: async (request) => {
      const answer = (await answers()).services.get(requestKey(request));
      if (answer === undefined) throw refuse(`ask ${requestKey(request)}`);
      if (isRecordedError(answer)) throw replayError(answer);
      return { status: answer.status, text: await readOutput(root, answer.textFile) };
    },
    follow: async (request) => {
      throw refuse(`follow ${requestKey(request)}`);
    },
    fileHolders: async (pathPrefixes, pids) => {
      const answer = (await answers()).holders.get(holdersKey(pathPrefixes, pids));
      if (answer === undefined) throw refuse(`look for open files below ${pathPrefixes.join(", ")}`);
      if (isRecordedError(answer)) throw replayError(answer);
      return answer.holders;
    },
    battery: async () => {
      throw refuse("ask the battery");
    },
    time: async () => ({
      wallMs: clock.wallMs(),
      uptimeMs: uptimeMs + Math.round(clock.monotonicMs() - openedAtMs),
    }),
    openKernelLog: async () => {
      await failureOf("read", await resolveInside(root, kernelLogPath));
      return await tree.openKernelLog();
    },
    noteUsbReset: () => undefined, // nothing is asked here
  };
}

/** What a recording answers, by its question. */
interface Answers {
  readonly recording: Recording;
  readonly unread: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, RecordedPathError>;
  readonly usages: ReadonlyMap<string, RecordedUsage["answer"]>;
  readonly commands: ReadonlyMap<string, RecordedCommand["answer"]>;
  readonly services: ReadonlyMap<string, RecordedService["answer"]>;
  readonly holders: ReadonlyMap<string, RecordedHolders["answer"]>;
}

/** The answers of a recording, read again when its file was changed. */
async function createAnswers(root: string): Promise<() => Promise<Answers>> {
  const path = recordingPath(root);
  let known = { mark: await markOf(path), answers: answersOf(await readRecording(root)) };
  return async () => {
    const mark = await markOf(path);
    if (mark !== known.mark) known = { mark, answers: answersOf(await readRecording(root)) };
    return known.answers;
  };
}

/** Another file, or another time: it was written anew. */
async function markOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${mtimeNs}`;
  } catch (thrown) {
    throw hostError(thrown, "read", path);
  }
}

function answersOf(recording: Recording): Answers {
  return {
    recording,
    unread: new Set(recording.unread),
    failures: new Map(recording.errors.map((error) => [keyOf(error.action, error.path), error])),
    usages: new Map(recording.usages.map((usage) => [usage.path, usage.answer])),
    commands: new Map(recording.commands.map((command) => [commandKey(command.command, command.args), command.answer])),
    services: new Map(recording.services.map(({ request, answer }) => [requestKey(request), answer])),
    holders: new Map(recording.holders.map(({ pathPrefixes, pids, answer }) => [holdersKey(pathPrefixes, pids), answer])),
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
