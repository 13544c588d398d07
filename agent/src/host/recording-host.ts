/**
 * Records a host while it is asked: whatever is read, listed, linked, measured, run and answered is kept, and written at the end as a folder that
 * replays to the same answers. A question that was asked before gets the answer that was recorded, so that a recording is of one moment.
 * It holds serial numbers, addresses and host names: look through it before you give it away.
 */
import { AppError } from "@nodekeeper/shared";
import { gatherRecording } from "./gather-recording.ts";
import type { CommandResult, FileHolder, FilesystemUsage, Host } from "./host.ts";
import { createKernelTextReader, kernelLogPath, readWholeKernelLog } from "./kernel-log-reader.ts";
import type { Answer } from "./recorded-answers.ts";
import { commandKey, holdersKey, recordError, requestKey } from "./recording.ts";
import type { RecordingContent } from "./recording-content.ts";
import type { ServiceAnswer, ServiceRequest } from "./services.ts";
import { makeEmptyFolder, writeRecording } from "./write-recording.ts";

/** A host that records. */
export interface RecordingHost extends Host {
  /** Writes what was answered so far into the folder, through `change` where it is given. To be called once, at the end. */
  finish(change?: (content: RecordingContent) => RecordingContent): Promise<void>;
}

/** Records what `host` is asked. The folder must be empty or not be there yet; nothing but the folder is made before `finish`. */
export async function createRecordingHost(host: Host, folder: string): Promise<RecordingHost> {
  await makeEmptyFolder(folder);
  const texts = new Memory<string>();
  const binaries = new Set<string>();
  const listings = new Memory<readonly string[]>();
  const links = new Memory<string>();
  const usages = new Memory<FilesystemUsage>();
  const commands = new Memory<CommandResult>();
  const services = new Memory<ServiceAnswer>();
  const requests = new Map<string, ServiceRequest>();
  const holders = new Memory<readonly FileHolder[]>();
  const time = await host.time();
  return {
    root: host.root,
    isLive: host.isLive,
    readText: (path, options) => {
      if (options?.encoding === "latin1") binaries.add(path);
      return texts.ask(path, () => host.readText(path, options));
    },
    list: (path) => listings.ask(path, () => host.list(path)),
    realPath: (path) => links.ask(path, () => host.realPath(path)),
    statFilesystem: (path) => usages.ask(path, () => host.statFilesystem(path)),
    statRemoteFilesystem: (path, options) => usages.ask(path, () => host.statRemoteFilesystem(path, options)),
    run: (command, args, options) => commands.ask(commandKey(command, args), () => host.run(command, args, options)),
    ask: (request, options) => {
      requests.set(requestKey(request), request);
      return services.ask(requestKey(request), () => host.ask(request, options));
    },
    follow: async () => {
      throw new AppError("HOST_NOT_SUPPORTED", "cannot follow a service while recording: a recording is of one moment");
    },
    fileHolders: (pathPrefixes, pids) => holders.ask(holdersKey(pathPrefixes, pids), () => host.fileHolders(pathPrefixes, pids)),
    battery: async () => {
      throw new AppError("HOST_NOT_SUPPORTED", "cannot ask the battery while recording: a recording keeps files");
    },
    time: () => host.time(),
    openKernelLog: async () => {
      const text = await texts.ask(kernelLogPath, async () => {
        using reader = await host.openKernelLog();
        return readWholeKernelLog(reader);
      });
      return createKernelTextReader(text);
    },
    noteUsbReset: (usbDevice, agoMs) => host.noteUsbReset(usbDevice, agoMs),
    finish: async (change = (content) => content) => {
      const content = await gatherRecording(host, {
        texts: texts.answers,
        binaries,
        listings: listings.answers,
        links: links.answers,
        usages: usages.answers,
        commands: commands.answers,
        services: services.answers,
        requests,
        holders: holders.answers,
        time,
      });
      await writeRecording(folder, change(content));
    },
  };
}

/** Answers of one kind, by question. */
class Memory<Value> {
  readonly answers: Map<string, Answer<Value>> = new Map();
  readonly #asked = new Map<string, Promise<Value>>();

  ask(key: string, question: () => Promise<Value>): Promise<Value> {
    const earlier = this.#asked.get(key);
    if (earlier !== undefined) return earlier;
    const asked = this.#keep(key, question);
    this.#asked.set(key, asked);
    return asked;
  }

  async #keep(key: string, question: () => Promise<Value>): Promise<Value> {
    try {
      const value = await question();
      this.answers.set(key, { value });
      return value;
    } catch (thrown) {
      const error = AppError.from(thrown, "HOST_READ_FAILED");
      this.answers.set(key, { error: recordError(error) });
      throw error;
    }
  }
}
