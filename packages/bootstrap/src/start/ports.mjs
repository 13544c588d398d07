/** Looks whether ports on the loopback address are free, before anything is started on them. */
import { createServer } from "node:net";

import { exitCodes } from "../exit-codes.mjs";
import { Failure, isSystemError } from "../failure.mjs";
import { portCount } from "./start-arguments.mjs";

export const loopback = "127.0.0.1";

/** How far the search for another port goes, and in which steps. */
const searchSteps = 20;
const searchStep = 10;

/**
 * @param {number} first of the ports in a row that will be listened on
 * @throws {Failure} if one is in use or not ours to use
 */
export async function assertPortsFree(first) {
  for (const port of row(first)) {
    const problem = await tryPort(port);
    if (problem === undefined) continue;
    const other = await findFreePort(first);
    const advice = other === undefined ? "Choose another" : "Stop what uses it, or choose another port";
    throw new Failure(exitCodes.portInUse, `Port ${port} ${problem}. ${advice}: npm start -- --port ${other ?? "N"}`);
  }
}

/**
 * @param {number} first
 * @returns {Promise<number | undefined>} a port from which on enough are free; undefined if none was found nearby
 */
async function findFreePort(first) {
  for (let step = 1; step <= searchSteps; step++) {
    const candidate = first + step * searchStep;
    if (candidate < 1024 || candidate + portCount > 65535) continue;
    const problems = await Promise.all(row(candidate).map(tryPort));
    if (problems.every((problem) => problem === undefined)) return candidate;
  }
  return undefined;
}

/** @param {number} first */
function row(first) {
  return Array.from({ length: portCount }, (_, index) => first + index);
}

/**
 * @param {number} port
 * @returns {Promise<string | undefined>} what keeps us from listening on it; undefined if nothing does
 */
function tryPort(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (isSystemError(error, "EADDRINUSE")) resolve(`is in use on ${loopback}`);
      else if (isSystemError(error, "EACCES")) resolve("is reserved for root");
      else reject(error);
    });
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
