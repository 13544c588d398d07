import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { openHost } from "./open-host.ts";

let folder: string;

beforeEach(async () => {
  const directory = await createTempDirectory();
  folder = directory.path;
  onTestFinished(() => directory[Symbol.asyncDispose]());
});

describe("a recording that somebody edited", () => {
  it.each([
    { why: "it is no JSON", text: "{", message: /recording\.json: .*JSON/ },
    { why: "it is a list", text: "[]", message: /recording\.json: it is not an object$/ },
    { why: "it is newer", text: '{"format":2}', message: /its format is 2; this version reads format 1$/ },
    {
      why: "a code is unknown",
      text: '{"format":1,"errors":[{"path":"/x","action":"read","code":"NO","message":""}]}',
      message: /errors\[0\] is not/,
    },
    {
      why: "a usage lacks a number",
      text: '{"format":1,"usages":[{"path":"/","answer":{"sizeBytes":1}}]}',
      message: /usages\[0\] is not/,
    },
    { why: "a list is none", text: '{"format":1,"commands":{}}', message: /commands is not a list$/ },
    {
      why: "a service is unknown",
      text: '{"format":1,"services":[{"request":{"service":"ssh","question":"status"},"answer":{"status":200,"textFile":"x"}}]}',
      message: /services\[0\] is not/,
    },
    {
      why: "a holder has no path",
      text: '{"format":1,"holders":[{"pathPrefixes":[],"answer":{"holders":[{"pid":1}]}}]}',
      message: /holders\[0\] is not/,
    },
    { why: "a clock is a word", text: '{"format":1,"uptimeMs":"1"}', message: /uptimeMs is not a number$/ },
  ])("is refused with a reason when $why", async ({ text, message }) => {
    await mkdir(join(folder, ".nodekeeper"));
    await writeFile(join(folder, ".nodekeeper/recording.json"), text);

    await expect(openHost(folder, systemClock)).rejects.toMatchObject({
      code: "HOST_ANSWER_MALFORMED",
      message: expect.stringMatching(message),
    });
  });

  it("needs nothing in its recording but the format", async () => {
    await mkdir(join(folder, ".nodekeeper"));
    await writeFile(join(folder, ".nodekeeper/recording.json"), '{"format":1}');
    await writeFile(join(folder, "file"), "text");

    await expect((await openHost(folder, systemClock)).readText("/file")).resolves.toBe("text");
  });
});
