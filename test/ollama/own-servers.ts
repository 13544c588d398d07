/**
 * A real Ollama that is stopped, started otherwise, shut into a network of its own, and recorded. Part of ollama.test.ts, so that it is built once.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { captureHost } from "../../agent/src/capture.ts";
import { createRecordedHost } from "../../agent/src/host/recorded-host.ts";
import { createOllamaProbe } from "../../agent/src/probes/ollama.ts";
import { factsAt, runToPayload } from "../../agent/src/probes/test-support/payload-view.ts";
import { repeatedRuns } from "../../agent/src/probes/test-support/repeated-runs.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ollamaVersion } from "./ollama-program.ts";
import { type OneServer, oneServerHost } from "./one-server-host.ts";
import { type RealOllama, startOllama } from "./real-ollama.ts";
import { tinyModel } from "./tiny-model.ts";
import { until } from "./until.ts";

const probe = createOllamaProbe();
const unitPath = "/etc/systemd/system/ollama.service";

/** The tests of servers of their own. `program` is where Ollama's lies, once it is built. */
export function testOwnServers(program: () => string): void {
  it("stopped, it is a unit that does not run; started again, it is another process with other settings", async () => {
    const environment = { OLLAMA_NUM_PARALLEL: "2", OLLAMA_KEEP_ALIVE: "24h", OLLAMA_API_KEY: "a secret" };
    const second = await temporaryFolder();
    const units = {
      [unitPath]: '[Service]\nEnvironment="OLLAMA_HOST=127.0.0.1:0" OLLAMA_NUM_PARALLEL=2\nEnvironment=OLLAMA_KEEP_ALIVE=24h\n',
    };
    const host: OneServer = { pid: undefined, units, unit: "ollama.service" };
    const run = repeatedRuns(probe, oneServerHost(host));
    const started = async (variables: Readonly<Record<string, string>>): Promise<RealOllama> => {
      const server = await startOllama({ program: program(), folder: second.path, variables });
      host.pid = server.pid;
      return server;
    };
    try {
      expect(factsAt(await run(), "ollama_server")).toMatchObject({
        isRunning: false,
        unit: "ollama.service",
        settingsSource: "unit",
      });

      await using first = await started(environment);
      const running = await until(async () => {
        const payload = await run();
        return Object(factsAt(payload, "ollama_server")).isRunning === true ? payload : undefined;
      });
      expect(JSON.stringify(factsAt(running, "ollama_server"))).not.toContain("secret");
      expect(factsAt(running, "ollama_server")).toMatchObject({
        unit: "ollama.service",
        settings: { parallelCount: 2, keepAlive: "24h" },
        isRestartNeeded: false,
      });

      await first.stop();
      host.pid = undefined;
      const stopped = await run();
      expect(factsAt(stopped, "ollama_server")).toMatchObject({ isRunning: false });
      expect(factsAt(stopped, "ollama_endpoint")).toBe("absent");
      expect(stopped.lists.map(({ kind, isComplete }) => [kind, isComplete])).toEqual([
        ["ollama_model", false],
        ["ollama_loaded_model", true],
      ]);

      await using again = await started({ ...environment, OLLAMA_NUM_PARALLEL: "1" });
      host.units = { ...units, [`${unitPath}.d/override.conf`]: "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1h\n" };
      const restarted = await until(async () => {
        const payload = await run();
        return Object(factsAt(payload, "ollama_server")).isRunning === true ? payload : undefined;
      });
      expect(factsAt(restarted, "ollama_server")).toMatchObject({
        owner: { pidNumber: again.pid },
        settings: { parallelCount: 1, keepAlive: "24h" },
        isRestartNeeded: true,
      });
    } finally {
      await second[Symbol.asyncDispose]();
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    "in a network of its own listens there, not on the machine (skipped where we are not root)",
    async () => {
      await using own = await temporaryFolder();
      // A new network has nothing but a loopback that is down: nobody can reach what listens there.
      const by = ["/usr/bin/unshare", "--net"];
      await using server = await startOllama({
        program: program(),
        folder: own.path,
        variables: { OLLAMA_HOST: "0.0.0.0:0" },
        by,
      });

      const payload = await runToPayload(probe, oneServerHost({ pid: server.pid, units: {}, unit: undefined }));

      expect(factsAt(payload, "ollama_server")).toMatchObject({ isRunning: true, listening: [`[::]:${server.port}`] });
      expect(factsAt(payload, "ollama_endpoint")).toBe("PEER_UNREACHABLE: Ollama runs in a container without an address");
      expect(payload.lists.every(({ isComplete }) => !isComplete)).toBe(true);
    },
  );

  it("a recording of it says the same again, and holds neither other variables nor people's prompts", async () => {
    await using own = await temporaryFolder();
    await using server = await startOllama({
      program: program(),
      folder: own.path,
      variables: { OLLAMA_API_KEY: "a-secret-key", OLLAMA_KEEP_ALIVE: "2h" },
    });
    await server.create("asked", tinyModel, { system: "a-secret-prompt" });
    const host = oneServerHost({ pid: server.pid, units: {}, unit: undefined });
    const recording = join(own.path, "recording");
    const signal = new AbortController().signal;

    const captured = await captureHost({
      host,
      probes: [probe],
      clock: systemClock,
      folder: recording,
      isRedacted: false,
      signal,
    });
    const replayed = await runToPayload(probe, await createRecordedHost({ root: recording, clock: systemClock }));

    const [examined] = captured.examinations;
    expect(factsAt(replayed, "ollama_server")).toMatchObject({ settings: { keepAlive: "2h" }, version: await ollamaVersion() });
    expect(factsAt(replayed, "ollama_model", "asked:latest")).toMatchObject({ layerCount: 2 });
    expect(replayed.subjects).toEqual(examined?.payload?.subjects);
    const files = await readdir(recording, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "utf8")),
    );
    expect(texts.join("")).toContain("OLLAMA_KEEP_ALIVE=2h");
    expect(texts.join("")).not.toContain("a-secret");
  });
}
