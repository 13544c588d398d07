/** Time that passes faster, as programs with hurry.ts have it. */
import { fileURLToPath } from "node:url";
import { systemClock } from "../../packages/shared/src/index.ts";

/** The time that all programs of a performance share. */
export interface HurriedTime {
  readonly speed: number;
  wallMs(): number;
  /** Variables of a program that is to go by it. */
  readonly env: Readonly<Record<string, string>>;
}

/** It begins now. At speed 1 it is the time. */
export function hurriedTime(speed: number): HurriedTime {
  const beganAtMs = systemClock.wallMs();
  const preload = fileURLToPath(new URL("./hurry.ts", import.meta.url));
  return {
    speed,
    wallMs: () => Math.round(beganAtMs + (systemClock.wallMs() - beganAtMs) * speed),
    env:
      speed === 1
        ? {}
        : { NODE_OPTIONS: `--import ${preload}`, NODEKEEPER_FAULT_SPEED: `${speed}`, NODEKEEPER_FAULT_BEGAN_AT: `${beganAtMs}` },
  };
}
