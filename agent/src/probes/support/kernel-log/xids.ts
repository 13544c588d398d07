/**
 * What NVIDIA's catalogue of Xids says of each: what happened, and what to do at once. Source: NVIDIA's "XID Errors" and the immediate actions of
 * its catalogue. What it calls a matter of the application is worth no alarm; what needs a reset, a restart or hands does. Numbers that are
 * not here have no action.
 */
import type { FaultSeverity } from "./fault-kind.ts";

/** One Xid. */
export interface Xid {
  readonly number: number;
  readonly severity: FaultSeverity;
  /** In one sentence, for people. */
  readonly meaning: string;
  /** The same; "" where NVIDIA does not say. */
  readonly action: string;
}

const restartProgram = "Restart the program that was using the GPU.";
const ignore = "Nothing needs to be done.";
const resetGpu = "Reset the GPU: end the programs that use it, then nvidia-smi --gpu-reset, or restart the machine.";
const nvlink = "Look at the words of the message: what NVIDIA's workflow for NVLink 5 wants depends on them.";

const names: Readonly<Record<number, string>> = {
  8: "The GPU stopped processing",
  11: "A program gave the GPU a corrupted stream of commands",
  13: "The graphics engine met an exception: mostly a program that reads or writes where it must not",
  25: "A program gave the GPU an illegal stream of commands",
  31: "A program used memory of the GPU that it does not have (page fault)",
  32: "The GPU read a corrupted stream of commands",
  38: "The driver's firmware met an error",
  43: "The GPU stopped processing for one program, and is well",
  44: "The graphics engine met an error while it changed programs",
  45: "The driver cleaned up after a program that ended, or after an earlier event",
  46: "The GPU stopped processing",
  48: "The GPU's memory had an error of two bits that could not be corrected",
  54: "The auxiliary power of the card is not connected",
  60: "The video processor met an exception",
  62: "The GPU's micro-controller halted",
  63: "The GPU took a bad row or page of its memory out of use",
  64: "The GPU could not take a bad row or page of its memory out of use",
  68: "The video decoder met an exception",
  69: "The graphics engine got a command that it does not have",
  74: "An NVLink connection failed",
  78: "A virtual GPU could not be started",
  79: "The GPU has fallen off the bus",
  92: "The GPU's memory makes many errors that are corrected",
  93: "The GPU's settings were written more often than they should be",
  94: "The GPU's memory had an error that was kept to one program",
  95: "The GPU's memory had an error that spread beyond one program",
  109: "The GPU could not change from one program to another in time",
  110: "The GPU met a security fault",
  119: "The GPU's system processor (GSP) did not answer the driver",
  120: "The GPU's system processor (GSP) met an error",
  121: "The link between processor and GPU (C2C) made an error that was corrected",
  140: "The GPU's memory had an error that could not be recovered",
  143: "The GPU could not be started",
  151: "The GPU could not change its keys",
  154: "The driver decided anew what the GPU needs to work again",
  158: "The GPU did not answer in time",
  167: "A transfer over PCIe was not answered in time",
  168: "The GPU works with less memory",
};

const groups: readonly { readonly numbers: readonly number[]; readonly severity: FaultSeverity; readonly action: string }[] = [
  { numbers: [8, 11, 13, 25, 31, 32, 39, 40, 41, 60, 68, 69, 94], severity: "notice", action: restartProgram },
  { numbers: [37, 38, 43, 44, 63, 66, 67, 92, 93, 121, 137, 141], severity: "notice", action: ignore },
  { numbers: [46, 62, 64, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158], severity: "fault", action: resetGpu },
  { numbers: [45], severity: "notice", action: "Look for the event before it: this one only follows from another." },
  {
    numbers: [48],
    severity: "fault",
    action: "Reset the GPU, and look whether event 63 (the memory was mended) or 64 (it was not) came with it.",
  },
  { numbers: [54], severity: "fault", action: "Look at the power cables of the card." },
  { numbers: [74], severity: "fault", action: "Look at the NVLink bridge and the seats of the cards; then reset the GPUs." },
  { numbers: [78], severity: "warning", action: "Update NVIDIA's driver and the card's firmware." },
  { numbers: [79], severity: "fault", action: "Restart the machine; if it comes again, look at the card's seat and power." },
  { numbers: [144, 145, 146, 147, 148, 149, 150], severity: "warning", action: nvlink },
  { numbers: [151], severity: "warning", action: "Restart the virtual machine." },
  { numbers: [154], severity: "warning", action: "Do what the message says, e.g. reset the GPU." },
  { numbers: [167], severity: "fault", action: "" },
  { numbers: [168], severity: "warning", action: "" },
];

/** The catalogue, by number. */
export const xids: readonly Xid[] = groups
  .flatMap(({ numbers, severity, action }) =>
    numbers.map((number) => ({ number, severity, action, meaning: `${nameOf(number)} (NVIDIA's Xid ${number}).` })),
  )
  .sort((a, b) => a.number - b.number);

function nameOf(number: number): string {
  return names[number] ?? "NVIDIA's driver reports an event";
}
