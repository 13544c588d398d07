/**
 * Preloaded into a program of ours (`node --import`): all its time passes so many times as fast, on one clock with every other program that has the
 * same variables. What it does itself takes as long as ever, so that its patience with others is short: twenty times is much.
 */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import promises from "node:timers/promises";

const speed = Number(process.env["NODEKEEPER_FAULT_SPEED"] ?? 1);
const beganAtMs = Number(process.env["NODEKEEPER_FAULT_BEGAN_AT"] ?? 0);

const RealDate = Date;
const realNow = performance.now.bind(performance);
const realBigint = process.hrtime.bigint.bind(process.hrtime);
const { setTimeout: setRealTimeout, setInterval: setRealInterval } = globalThis;
const { setTimeout: sleepReally } = promises;

function wallMs(): number {
  return Math.round(beganAtMs + (RealDate.now() - beganAtMs) * speed);
}

/** `new Date()` is now, by this clock; every other form is as ever. */
class HurriedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(wallMs());
    else super(...(given as [number])); // whatever forms Date takes
  }
  static override now(): number {
    return wallMs();
  }
}

function hurried<Start extends typeof setTimeout | typeof setInterval>(start: Start): Start {
  const replaced = (callback: () => void, delayMs = 0, ...more: readonly unknown[]): unknown =>
    Reflect.apply(start, globalThis, [callback, delayMs / speed, ...more]);
  return Object.assign(replaced, start) as unknown as Start; // what promisify knows it by stays
}

globalThis.Date = HurriedDate as DateConstructor;
performance.now = () => realNow() * speed;
process.hrtime.bigint = () => BigInt(Math.round(Number(realBigint()) * speed));
globalThis.setTimeout = hurried(setRealTimeout);
globalThis.setInterval = hurried(setRealInterval);
timers.setTimeout = globalThis.setTimeout;
timers.setInterval = globalThis.setInterval;
promises.setTimeout = (delayMs, value, options) => sleepReally((delayMs ?? 0) / speed, value, options);
syncBuiltinESMExports();
