/** Runs scripts in a guest over its control channel, one after the other. The other end is in system-image.ts. */
import type { LineChannel } from "./line-channel.ts";

export interface ScriptResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunScript = (script: string, signal?: AbortSignal) => Promise<ScriptResult>;

/** Under emulation a script that starts Node takes a second or two; a minute means that it hangs. */
const scriptTimeoutMs = 120_000;

/**
 * Waits for the guest to say that it is up. The function it returns runs a script by the guest's `sh`; what a script leaves in the
 * background must have its output redirected to a file of its own.
 */
export async function connectGuestControl(channel: LineChannel, signal: AbortSignal): Promise<RunScript> {
  const greeting = await channel.receive(signal);
  if (greeting !== "ready") {
    throw new Error(`the guest said ${JSON.stringify(greeting)} and not that it is ready`);
  }
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;

  async function runNow(script: string, number: number, signal: AbortSignal): Promise<ScriptResult> {
    channel.send(`${number} ${Buffer.from(script).toString("base64")}`);
    for (;;) {
      const [answered, exitCode, stdout, stderr] = (await channel.receive(signal)).split(" ");
      // The answer to a script that was given up on is dropped when it comes after all.
      if (Number(answered) === number) {
        return { exitCode: Number(exitCode), stdout: decode(stdout), stderr: decode(stderr) };
      }
    }
  }

  return async (script, signal = AbortSignal.timeout(scriptTimeoutMs)) => {
    count += 1;
    const number = count;
    const result = last.then(() => runNow(script, number, signal));
    last = result.catch(() => undefined); // the next script runs whatever became of this one
    return await result;
  };
}

function decode(field: string | undefined): string {
  return Buffer.from((field ?? "").slice(1), "base64").toString();
}
