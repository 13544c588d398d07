/** QEMU's own control protocol: inject a fault, unplug a device, ask which ports are forwarded. */
import type { LineChannel } from "./line-channel.ts";

export type Qmp = (command: string, args?: Readonly<Record<string, unknown>>) => Promise<unknown>;

const answerTimeoutMs = 30_000;

/** Greets; the function it returns sends one command and gives back its `return`. Throws what QEMU says against a command. */
export async function connectQmp(channel: LineChannel, signal: AbortSignal): Promise<Qmp> {
  await channel.receive(signal); // QEMU's greeting
  let last: Promise<unknown> = Promise.resolve();

  async function executeNow(command: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    channel.send(JSON.stringify({ execute: command, arguments: args }));
    for (;;) {
      const answer: unknown = JSON.parse(await channel.receive(signal));
      if (isObject(answer) && "error" in answer) {
        throw new Error(`QEMU refuses ${command}: ${JSON.stringify(answer["error"])}`);
      }
      if (isObject(answer) && "return" in answer) {
        return answer["return"];
      }
      // else an event, which nobody here waits for
    }
  }

  const execute: Qmp = async (command, args = {}) => {
    const result = last.then(() => executeNow(command, args));
    last = result.catch(() => undefined); // the next command runs whatever became of this one
    return await result;
  };
  await execute("qmp_capabilities");
  return execute;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
