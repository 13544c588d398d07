#!/usr/bin/env node
/** The composition root of the CLI: the only file that touches the process. */
import { systemClock } from "@nodekeeper/shared";
import { runCli } from "./run-cli.ts";

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.stdout.on("error", (thrown: NodeJS.ErrnoException) => process.exit(thrown.code === "EPIPE" ? 0 : 74)); // `nodekeeper nodes | head`

runCli({
  args: process.argv.slice(2),
  env: process.env,
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns,
  nowMs: systemClock.wallMs(),
  signal: interrupted.signal,
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
}).then(
  (exitCode) => {
    process.exitCode = interrupted.signal.aborted ? 130 : exitCode;
  },
  (thrown: unknown) => {
    throw thrown; // runCli never rejects; were it to, this is the loudest way to say so
  },
);
