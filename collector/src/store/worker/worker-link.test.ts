import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLogger, type Logger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TemporaryDirectory, temporaryDirectory } from "../test-support/temporary-directory.ts";
import { startWorkerLink, type WorkerLink } from "./worker-link.ts";

const logger: Logger = createLogger("test", "silent");
const clock = new FakeClock();

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory[Symbol.dispose]());

/** A link to a worker that runs the given program once it has said that it is open. */
function startWith(program: string): Promise<WorkerLink> {
  const workerFile = join(directory.path, "worker.mjs");
  writeFileSync(
    workerFile,
    `import { parentPort } from "node:worker_threads"; parentPort.postMessage({ kind: "opened" }); ${program}`,
  );
  return startWorkerLink({ directory: directory.path, clock, logger, workerFile });
}

describe("a worker that crashes", () => {
  it("fails the calls that wait and all that come, and says so once and for all", async () => {
    const link = await startWith(
      `parentPort.on("message", ({ method }) => { if (method === "status") throw new Error("out of luck"); });`,
    );
    const waiting = link.call("committedSpans", { node: "neko", epoch: "e" });
    const fatal = link.call("status", undefined);

    await expect(waiting).rejects.toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("out of luck") });
    await expect(fatal).rejects.toMatchObject({ code: "STORE_FAILED" });
    await expect(link.failed).resolves.toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("crashed") });
    await expect(link.call("status", undefined)).rejects.toMatchObject({ code: "STORE_FAILED" });
    await link.close();
  });

  it("is noticed when it just ends", async () => {
    const link = await startWith(`parentPort.on("message", () => process.exit(3));`);

    await expect(link.call("status", undefined)).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("3"),
    });
    await expect(link.failed).resolves.toMatchObject({ code: "STORE_FAILED" });
  });

  it("is told of before it opened", async () => {
    const workerFile = join(directory.path, "broken.mjs");
    writeFileSync(workerFile, `throw new Error("no library");`);

    const start = startWorkerLink({ directory: directory.path, clock, logger, workerFile });

    await expect(start).rejects.toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("no library") });
  });
});

describe("closing", () => {
  it("ends a worker that does not answer when its time is over", async () => {
    const link = await startWith(`parentPort.on("message", () => undefined);`);
    const unanswered = link.call("status", undefined);
    const failing = expect(unanswered).rejects.toMatchObject({ code: "STORE_FAILED", message: "the store is closed" });

    const closed = link.close();
    await clock.advance(10_000);

    await closed;
    await failing;
  });

  it("can be asked for again and again, and takes no calls any more", async () => {
    const link = await startWith(
      `parentPort.on("message", ({ id }) => { parentPort.postMessage({ kind: "answer", id }); parentPort.close(); });`,
    );

    await Promise.all([link.close(), link.close()]);

    await expect(link.call("status", undefined)).rejects.toMatchObject({ message: "the store is closed" });
    expect(clock.sleeperCount).toBe(0);
  });
});
