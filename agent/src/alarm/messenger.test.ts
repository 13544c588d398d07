import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeNtfy } from "../test-support/fake-ntfy.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { readAlarmTarget } from "./alarm-target.ts";
import { createMessenger, type Messenger } from "./messenger.ts";

const never = new AbortController().signal;
const told = { node: "siberian", title: "nodekeeper: no collector", text: "No collector is heard." };

let ntfy: FakeNtfy;
let folder: Awaited<ReturnType<typeof createTempDirectory>>;
let file: string;

beforeAll(async () => {
  ntfy = await FakeNtfy.listen(systemClock);
  folder = await createTempDirectory();
  file = join(folder.path, "alarm-url");
});
afterAll(async () => {
  await ntfy[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});
beforeEach(() => {
  ntfy.messages.length = 0;
  ntfy.failsWith = undefined;
  ntfy.isWriteOnly = false;
});

function messenger(kind: "ntfy" | "webhook", text: string): Messenger {
  writeFileSync(file, text);
  return createMessenger(kind, () => readAlarmTarget(file), systemClock, never);
}

describe("a messenger by ntfy", () => {
  it("tells in the topic, loudly, with the token of the file's second line", async () => {
    await messenger("ntfy", `${ntfy.url}/home/\n tk_secret\n`).tell("gone", told);

    expect(ntfy.messages).toMatchObject([
      { topic: "home", title: told.title, message: told.text, priority: "5", authorization: "Bearer tk_secret" },
    ]);
  });

  it("takes a login in the URL", async () => {
    await messenger("ntfy", `${ntfy.url.replace("//", "//ada:p%40ss@")}/home`).tell("back", told);

    expect(ntfy.messages[0]?.authorization).toBe(`Basic ${Buffer.from("ada:p@ss").toString("base64")}`);
  });

  it("knows what any machine has told since a time, each word by itself", async () => {
    const one = messenger("ntfy", `${ntfy.url}/home`);
    const nowMs = systemClock.wallMs();
    expect(await one.toldAtMs("gone", nowMs - 60_000)).toBeUndefined();

    await one.tell("gone", told);

    expect(await one.toldAtMs("gone", nowMs - 60_000)).toBeGreaterThan(nowMs - 60_000);
    expect(await one.toldAtMs("gone", nowMs + 60_000)).toBeUndefined();
    expect(await one.toldAtMs("back", nowMs - 60_000)).toBeUndefined();
  });

  it("knows nothing where it may not read, and tells all the same", async () => {
    ntfy.isWriteOnly = true;
    const one = messenger("ntfy", `${ntfy.url}/home`);

    expect(await one.toldAtMs("gone", 0)).toBeUndefined();
    await one.tell("gone", told);
    expect(ntfy.messages).toHaveLength(1);
  });

  it("throws without quoting the address when it is refused, sent elsewhere, or nobody listens", async () => {
    ntfy.failsWith = 500;
    await expect(messenger("ntfy", `${ntfy.url}/secret-topic`).tell("gone", told)).rejects.toMatchObject({
      code: "PEER_REFUSED",
      message: "nobody could be told: it answered 500",
    });
    ntfy.failsWith = undefined;
    await expect(messenger("ntfy", `${ntfy.url}/elsewhere`).tell("gone", told)).rejects.toMatchObject({
      code: "PEER_UNREACHABLE",
    });
    await expect(messenger("ntfy", "http://127.0.0.1:1/secret-topic").tell("gone", told)).rejects.toMatchObject({
      message: expect.not.stringContaining("secret-topic"),
    });
    expect(ntfy.messages).toEqual([]);
  });
});

describe("a messenger by webhook", () => {
  it("sends JSON, takes an answer without a body, and remembers nothing", async () => {
    const one = messenger("webhook", `${ntfy.url}/hook`);
    await one.tell("gone", told);

    expect(ntfy.hooks.map((body) => JSON.parse(body))).toEqual([{ event: "collector-gone", ...told }]);
    expect(await one.toldAtMs("gone", 0)).toBeUndefined();
  });
});

describe("readAlarmTarget", () => {
  it.each([
    ["", "its first line is to be a URL"],
    ["ftp://secret.example.net/x", "its first line is to be a URL"],
    ["https://ntfy.example.net/topic\nto ken", "its second line is no token"],
    ["https://a:b@ntfy.example.net/topic\ntoken", "one is enough"],
    ["https://ntfy.example.net/topic\ntoken\nmore", "its first line is to be a URL"],
  ])("refuses %j in words that quote nothing of it", (text, why) => {
    writeFileSync(file, text);

    expect(() => readAlarmTarget(file)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(why) }),
    );
    expect(() => readAlarmTarget(file)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/secret|ntfy\.example/) }),
    );
  });

  it("refuses a file that is not there", () => {
    expect(() => readAlarmTarget("/nowhere/alarm")).toThrow(/cannot be read/);
  });
});
