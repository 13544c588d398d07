#!/usr/bin/env node
/** The composition root: settings, signals, exit codes. The only file of the collector that touches the process. */
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError, createLogger, type ErrorCode, runUntilSignal, systemClock, version } from "@nodekeeper/shared";
import { podAccess } from "./clients/kubernetes/kubernetes-access.ts";
import { startCollector } from "./collector.ts";
import type { Command } from "./commands/command.ts";
import { commands, commandsHelp } from "./commands/index.ts";
import { type CollectorConfig, configHelp, readConfig } from "./config.ts";
import { openStore } from "./store/worker-store.ts";

/** Exit codes of sysexits.h for what the operator can do something about; every other failure is 70, an internal one. */
const exitCodes: Partial<Record<ErrorCode, number>> = {
  CONFIG_INVALID: 78,
  STORE_TOO_NEW: 78,
  ADDRESS_IN_USE: 69,
  STORE_IN_USE: 69,
  DIRECTORY_NOT_WRITABLE: 73,
  STORE_CORRUPT: 74,
  STORE_FULL: 74,
  STORE_FAILED: 74,
  VAULT_MALFORMED: 78,
  VAULT_UNAVAILABLE: 74,
};

const args = process.argv.slice(2);
const command = commands.find(({ name }) => name === args[0]);
if (args.includes("--help") || args.includes("-h")) {
  process.stdout.write(`${command?.help() ?? `${configHelp()}\n\n${commandsHelp()}`}\n`);
} else if (args.includes("--version")) {
  process.stdout.write(`${version}\n`);
} else if (command !== undefined) {
  runCommand(command);
} else {
  main().catch((thrown: unknown) => {
    process.exitCode = explain(thrown);
  });
}

function runCommand({ run }: Command): void {
  try {
    process.stdout.write(`${run({ args: args.slice(1), env: process.env, nowMs: systemClock.wallMs() })}\n`);
  } catch (thrown) {
    process.exitCode = explain(thrown);
  }
}

async function main(): Promise<void> {
  const config = readConfig({ args, env: process.env });
  const logger = createLogger("collector", config.logLevel);
  logger.info({ version, ...config }, "the collector is starting");
  await runUntilSignal({ port: process, logger }, async (signal) => {
    try {
      await using collector = await start(config, logger, signal);
      const failure = await Promise.race([collector.failed, aborted(signal)]);
      if (failure !== undefined) throw failure;
      logger.info({}, "the collector is stopping");
    } catch (thrown) {
      if (!signal.aborted || AppError.from(thrown).code !== "ABORTED") return explain(thrown); // else it was told to end while it started
    }
    logger.info({}, "the collector has stopped");
    return 0;
  });
}

function start(
  config: CollectorConfig,
  logger: ReturnType<typeof createLogger>,
  signal: AbortSignal,
): ReturnType<typeof startCollector> {
  // The bundle lies in collector/dist, the sources in collector/src: both are as deep in the house.
  const houseDir = join(dirname(realpathSync(process.argv[1] ?? ".")), "..", "..");
  return startCollector(config, {
    openStore: (directory) => openStore({ directory, clock: systemClock, logger }),
    dashboardDir: join(houseDir, "packages/dashboard/dist"),
    docsDir: join(houseDir, "docs"),
    pod: podAccess(process.env),
    clock: systemClock,
    random: Math.random,
    logger,
    signal,
  });
}

/** Says what went wrong in one sentence, with a stack only where it is our fault. Gives the exit code. */
function explain(thrown: unknown): number {
  const error = AppError.from(thrown);
  const exitCode = exitCodes[error.code];
  process.stderr.write(`collector: ${exitCode === undefined ? (error.stack ?? error.message) : error.message}\n`);
  return exitCode ?? 70;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
