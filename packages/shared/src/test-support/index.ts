/** What the tests of every package use. Never part of a program. */
export { FakeClock, settle } from "./fake-clock.ts";
export { fullMachine } from "./full-machine.ts";
export { aModel, type GpuMachineInit, gpuId, gpuMachine, gpuMachineNowMs } from "./gpu-machine.ts";
export { fullMachineNowMs, wholeLists } from "./machine-subject.ts";
export { workstation } from "./workstation.ts";
