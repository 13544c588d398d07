/**
 * Every field of every file of a recorded host is changed by itself, and every file emptied and taken away: the report must change, or say
 * *failed*. A field that may change unseen is listed, with the reason, in insignificant.ts.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRecordingHost, openHost } from "../../agent/src/doctor.ts";
import type { CommandResult, FilesystemUsage } from "../../agent/src/host/host.ts";
import { commandOfKey } from "../../agent/src/host/recording.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { mutationsOf } from "../support/mutations.ts";
import { reportOf } from "../support/report.ts";
import { type Change, SnapshotHost } from "../support/snapshot-host.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { whyInsignificant } from "./insignificant.ts";

interface Field {
  readonly file: string;
  readonly line: string;
  readonly word: number;
  readonly change: string;
  readonly apply: Change;
}

interface Result {
  readonly fields: number;
  readonly seen: readonly Field[];
  readonly unseen: readonly Field[];
}

/** Changes one field after the other, at most so many of a file, and says which the report did not show. */
async function mutate(root: string, fieldsOfFile = Number.POSITIVE_INFINITY): Promise<Result> {
  const host = new SnapshotHost(await openHost(root, systemClock));
  const before = JSON.stringify(await reportOf(host));
  const fields = await fieldsOf(host, fieldsOfFile);
  const seen: Field[] = [];
  const unseen: Field[] = [];
  for (const field of fields) {
    host.change(field.apply);
    (JSON.stringify(await reportOf(host)) === before ? unseen : seen).push(field);
  }
  host.change(undefined);
  expect(JSON.stringify(await reportOf(host))).toBe(before);
  return { fields: fields.length, seen, unseen };
}

async function fieldsOf(host: SnapshotHost, maximum: number): Promise<readonly Field[]> {
  const texts = await answersIn(host.texts);
  const usages = await answersIn(host.usages);
  const outputs = await answersIn(host.outputs);
  return [
    ...texts.flatMap(([path, text]) => textFields(path, text, maximum)),
    ...usages.flatMap(([path, usage]) => usageFields(path, usage)),
    ...outputs.flatMap(([key, result]) => outputFields(key, result, maximum)),
  ];
}

function textFields(path: string, text: string, maximum: number): readonly Field[] {
  const removal: Field = { file: path, line: "", word: -1, change: "removed", apply: { kind: "removal", path } };
  const changes = mutationsOf(text, maximum).map(({ what, line, word, text: changed }): Field => {
    return { file: path, line, word, change: what, apply: { kind: "text", path, text: changed } };
  });
  return [...changes, removal];
}

function usageFields(path: string, usage: FilesystemUsage): readonly Field[] {
  return Object.entries(usage).map(([name, value]: [string, number]) => {
    const changed = { ...usage, [name]: value + 1 };
    return {
      file: `usage ${path}`,
      line: name,
      word: 0,
      change: `${value} → ${value + 1}`,
      apply: { kind: "usage", path, usage: changed },
    };
  });
}

function outputFields(key: string, result: CommandResult, maximum: number): readonly Field[] {
  const { command, args } = commandOfKey(key);
  const file = [command, ...args].join(" ");
  return mutationsOf(result.stdout, maximum).map(({ what, line, word, text }) => {
    return { file, line, word, change: what, apply: { kind: "output", key, result: { ...result, stdout: text } } };
  });
}

async function answersIn<Value>(answers: ReadonlyMap<string, Promise<Value>>): Promise<readonly (readonly [string, Value])[]> {
  const settled = await Promise.all(
    [...answers].map(async ([key, answer]) => ({ key, answer: await Promise.allSettled([answer]) })),
  );
  return settled.flatMap(({ key, answer: [outcome] }) =>
    outcome?.status === "fulfilled" ? [[key, outcome.value] as const] : [],
  );
}

function unexplained({ unseen }: Result): readonly string[] {
  return unseen
    .filter((field) => whyInsignificant(field) === undefined)
    .map(({ file, line, word, change }) => `${file} · ${line.trim().slice(0, 100)} · word ${word} · ${change}`);
}

/** Files of which no change was seen at all. */
function silentFiles({ seen, unseen }: Result): readonly string[] {
  const speaking = new Set(seen.map((field) => field.file));
  return [...new Set(unseen.map((field) => field.file))].filter((file) => !speaking.has(file)).sort();
}

function say(name: string, { fields, seen, unseen }: Result): void {
  process.stdout.write(`${name}: ${fields} fields changed, ${seen.length} seen in the report, ${unseen.length} rightly not\n`);
}

describe("a changed field of a host", () => {
  it("is seen in the report of a kept host", { timeout: 300_000 }, async () => {
    const result = await mutate(join(import.meta.dirname, "../fixtures/hosts/bobcat"));

    expect(unexplained(result)).toEqual([]);
    expect(result.seen.length).toBeGreaterThan(700);
    expect(silentFiles(result)).toEqual([
      "/lib/modules/6.12.25+rpt-rpi-2712/modules.builtin",
      "/proc/1105/comm",
      "/proc/640/comm",
      "/proc/980/comm",
      "/sys/block/nvme0n1/dev",
      "/sys/bus/pci/devices/0001:00:00.0/class",
      "/sys/bus/pci/devices/0001:01:00.0/class",
      "/sys/devices/system/clocksource/clocksource0/available_clocksource",
      "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
    ]);
    say("bobcat", result);
  });

  it("is seen in the report of this machine", { timeout: 400_000 }, async () => {
    await using folder = await temporaryFolder();
    const root = join(folder.path, "host");
    const recorder = await createRecordingHost(await openHost("/", systemClock), root);
    await reportOf(recorder);
    await recorder.finish();

    const result = await mutate(root, 300); // a machine's kernel log may be long

    expect(unexplained(result)).toEqual([]);
    expect(result.seen.length).toBeGreaterThan(300);
    say("this machine", result);
  });
});
