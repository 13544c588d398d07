#!/usr/bin/env node
/** The composition root: settings, signals, exit codes. The only file of the agent that touches the process. */
import {
  AppError,
  createLogger,
  didYouMean,
  type ErrorCode,
  type Logger,
  runUntilSignal,
  systemClock,
  version,
} from "@nodekeeper/shared";
import { type AgentDependencies, joinHealth, type Side, startProbing, startReporting } from "./agent.ts";
import { type AgentConfig, configHelp, type Form, readConfig } from "./config.ts";
import { serveHealth } from "./health.ts";
import { watchProgram } from "./leaving/watch-program.ts";
import { createSocketReader } from "./spool/socket-reader.ts";
import { serveSpool } from "./spool/socket-server.ts";

/** Exit codes of sysexits.h for what the operator can do something about; every other failure is 70, an internal one. */
const exitCodes: Partial<Record<ErrorCode, number>> = {
  CONFIG_INVALID: 78,
  ADDRESS_IN_USE: 69,
  DIRECTORY_NOT_WRITABLE: 73,
};
const usageExitCode = 64;
const internalExitCode = 70;
const forms: readonly Form[] = ["run", "probe", "report"];

const [command = "", ...args] = process.argv.slice(2);
const form = forms.find((candidate) => candidate === command);
if ([command, ...args].includes("--help") || command === "help") process.stdout.write(`${configHelp(form)}\n`);
else if (command === "--version" || command === "version") process.stdout.write(`${version}\n`);
else if (form === undefined) {
  const problem = command === "" ? "say what to do" : `unknown command "${command}"${didYouMean(command, forms)}`;
  process.stderr.write(`agent: ${problem}\n\n${configHelp()}\n`);
  process.exitCode = usageExitCode;
} else {
  main(form).catch((thrown: unknown) => {
    process.exitCode = explain(thrown);
  });
}

async function main(chosen: Form): Promise<void> {
  const config = readConfig(chosen, { args, env: process.env });
  const logger = createLogger("agent", config.logLevel);
  await runUntilSignal({ port: process, logger }, async (signal) => {
    try {
      await using _ = await start(chosen, config, logger);
      await aborted(signal);
      logger.info({}, "the agent is stopping");
    } catch (thrown) {
      return explain(thrown);
    }
    logger.info({}, "the agent has stopped");
    return 0;
  });
}

async function start(chosen: Form, config: AgentConfig, logger: Logger): Promise<AsyncDisposable> {
  const dependencies: AgentDependencies = {
    clock: systemClock,
    random: Math.random,
    logger,
    isRoot: process.geteuid?.() === 0,
    runtimeVersion: process.versions.node,
    isUpgraded: watchProgram(process.argv[1]),
  };
  await using parts = new AsyncDisposableStack();
  const sides: Side[] = [];
  if (chosen === "report") {
    const reader = parts.use(createSocketReader({ path: config.socket, clock: systemClock, logger, random: Math.random }));
    sides.push(parts.use(startReporting(config, reader, dependencies)));
  } else {
    const probing = parts.use(await startProbing(config, chosen, dependencies));
    sides.push(probing);
    if (chosen === "run") sides.push(parts.use(startReporting(config, probing.reader, dependencies)));
    else {
      const { socket: path, socketGroupId } = config;
      const group = socketGroupId === undefined ? {} : { group: socketGroupId };
      parts.use(await serveSpool({ reader: probing.reader, path, ...group, clock: systemClock, logger }));
    }
  }
  if (config.healthListen !== undefined) {
    parts.use(await serveHealth(config.healthListen, joinHealth(...sides.map((side) => side.health))));
  }
  return parts.move();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** One sentence for the operator; a stack only for what is our own fault. */
function explain(thrown: unknown): number {
  const error = AppError.from(thrown);
  const exitCode = exitCodes[error.code] ?? internalExitCode;
  process.stderr.write(`agent: ${exitCode === internalExitCode ? (error.stack ?? error.message) : error.message}\n`);
  return exitCode;
}
