/** Puts what a host answered together: files as a tree, programs' output and everything that is no file beside it. */
import { join } from "node:path";
import type { CommandResult, Host } from "./host.ts";
import type { Answer, Recorded } from "./recorded-answers.ts";
import { commandOfKey, lookOfKey } from "./recording.ts";
import type { RecordedOutput, RecordingContent } from "./recording-content.ts";
import type { RecordedCommand, RecordedPathError, RecordedService } from "./recording-form.ts";
import { RecordingTree } from "./recording-tree.ts";

/** Gathers a recording. `host` is asked once more where the paths that were asked physically lie. */
export async function gatherRecording(host: Host, recorded: Recorded): Promise<RecordingContent> {
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
    const encoding = recorded.binaries.has(path) ? "latin1" : "utf8";
    if ("value" in answer) tree.addFile(place, { text: answer.value, encoding });
  }
  for (const path of recorded.links.keys()) await tree.follow(path);

  const errors: readonly RecordedPathError[] = [
    ...(await failures(tree, "read", recorded.texts)),
    ...(await failures(tree, "list", recorded.listings)),
    ...(await failures(tree, "resolve", recorded.links)),
  ].filter((error) => error.code !== "HOST_FILE_MISSING" || listed.has(error.path));
  const content = tree.content();
  const failed = new Set(errors.map((error) => error.path));
  const seen = new Set([...listed, ...tree.linkTargets()]);
  const { commands, outputs } = gatherCommands(recorded.commands);
  const { services, texts } = gatherServices(recorded);
  return {
    ...content,
    outputs: [...outputs, ...texts],
    recording: {
      format: 1,
      recordedAtUnixMs: recorded.time.wallMs,
      uptimeMs: recorded.time.uptimeMs,
      unread: [...seen].filter((place) => !tree.has(place) && !failed.has(place)).sort(),
      errors,
      usages: [...recorded.usages].map(([path, answer]) => ({ path, answer: "error" in answer ? answer.error : answer.value })),
      commands,
      services,
      holders: [...recorded.holders].map(([key, answer]) => ({
        ...lookOfKey(key),
        answer: "error" in answer ? answer.error : { holders: answer.value },
      })),
    },
  };
}

async function failures(
  tree: RecordingTree,
  action: RecordedPathError["action"],
  answers: ReadonlyMap<string, Answer<unknown>>,
): Promise<readonly RecordedPathError[]> {
  const failed = [...answers].flatMap(([path, answer]) => ("error" in answer ? [{ path, error: answer.error }] : []));
  return await Promise.all(failed.map(async ({ path, error }) => ({ path: await tree.follow(path), action, ...error })));
}

function gatherCommands(answers: ReadonlyMap<string, Answer<CommandResult>>): {
  readonly commands: readonly RecordedCommand[];
  readonly outputs: readonly RecordedOutput[];
} {
  const outputs: RecordedOutput[] = [];
  const commands = [...answers].map(([key, answer], index): RecordedCommand => {
    const call = commandOfKey(key);
    if ("error" in answer) return { ...call, answer: answer.error };
    const { exitCode, stdout, stderr } = answer.value;
    const name = `commands/${String(index + 1).padStart(2, "0")}-${call.command}`;
    outputs.push({ name: `${name}.stdout`, text: stdout }, { name: `${name}.stderr`, text: stderr });
    return { ...call, answer: { exitCode, stdoutFile: `${name}.stdout`, stderrFile: `${name}.stderr` } };
  });
  return { commands, outputs };
}

function gatherServices({ services: answers, requests }: Recorded): {
  readonly services: readonly RecordedService[];
  readonly texts: readonly RecordedOutput[];
} {
  const texts: RecordedOutput[] = [];
  const services = [...requests].flatMap(([key, request], index): readonly RecordedService[] => {
    const answer = answers.get(key);
    if (answer === undefined) return []; // not answered yet
    if ("error" in answer) return [{ request, answer: answer.error }];
    const textFile = `services/${String(index + 1).padStart(2, "0")}-${request.service}-${request.question}`;
    texts.push({ name: textFile, text: answer.value.text });
    return [{ request, answer: { status: answer.value.status, textFile } }];
  });
  return { services, texts };
}
