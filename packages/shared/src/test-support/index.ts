/** What the tests of every package use. Never part of a program. */
export { FakeClock, settle } from "./fake-clock.ts";
export { fullMachine, fullMachineNowMs } from "./full-machine.ts";
