/** Ends programs well: a signal aborts, components are disposed in reverse order, a second signal or the grace time forces. */
import { type Clock, systemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** What `runUntilSignal` needs of the process; given by main.ts, so that nothing else touches it. */
export interface ProcessPort {
  on(event: "SIGTERM" | "SIGINT" | "uncaughtException" | "unhandledRejection", listener: (thrown: unknown) => void): void;
  exit(code: number): never;
}

/** How a program is run. */
export interface RunOptions {
  readonly port: ProcessPort;
  readonly logger: Logger;
  /** Time to end after the first signal. Below Kubernetes' 30 s. */
  readonly graceMs?: number;
  readonly clock?: Clock;
}

/**
 * Runs a program until it ends or a signal comes. `run` gets a signal that aborts on SIGTERM and SIGINT and must settle after it;
 * what it returns is the exit code. An error that nobody caught is logged as fatal and ends the program with 70.
 */
export async function runUntilSignal(options: RunOptions, run: (signal: AbortSignal) => Promise<number>): Promise<never> {
  const { port, logger, graceMs = 20_000, clock = systemClock } = options;
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) port.exit(130);
    controller.abort();
    clock.sleep(graceMs, new AbortController().signal).then(() => {
      logger.error({ graceMs }, "stopping took longer than the grace time");
      port.exit(75);
    }, ignore);
  };
  port.on("SIGTERM", stop);
  port.on("SIGINT", stop);
  const fatal = (err: unknown): void => {
    logger.fatal({ err }, "an error that nobody expected");
    port.exit(70);
  };
  port.on("uncaughtException", fatal);
  port.on("unhandledRejection", fatal);
  return port.exit(await run(controller.signal));
}

function ignore(): void {
  // The grace timer is never aborted; the process ends first.
}
