/** Connections that wait for something that takes long to make: nothing moves on them meanwhile, and they are not closed for that. */
import type { Socket } from "node:net";

const waiting = new WeakSet<Socket>();

/** Does the work, however long it takes. */
export async function withPatience<Result>(socket: Socket, work: () => Promise<Result>): Promise<Result> {
  waiting.add(socket);
  try {
    return await work();
  } finally {
    waiting.delete(socket);
  }
}

/** Whether a connection waits for such work. */
export function isPatient(socket: Socket): boolean {
  return waiting.has(socket);
}
