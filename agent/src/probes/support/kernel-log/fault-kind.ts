/**
 * What the kernel may say that means something: the form of the table in faults/. A text of the kernel changes with its releases; where it did,
 * a kind has several forms. Forms are anchored at the start of the message: what users and devices may write into a message (names of
 * processes, products and files) stands further behind, and cannot look like one.
 */

/** How bad it is by itself, as KernelFaultSeverity on the wire. */
export type FaultSeverity = "notice" | "warning" | "fault";

/** What kind of thing it happened to, as KernelFault.area on the wire. */
export type FaultArea =
  | "disk"
  | "filesystem"
  | "raid"
  | "memory"
  | "processor"
  | "usb"
  | "pcie"
  | "power"
  | "gpu"
  | "network"
  | "task";

/** One wording. */
export interface FaultForm {
  /**
   * Anchored, case-sensitive, and linear in the message's length: all of them together are held against every message. The group `device` is what it happened to, `number` is put
   * into the code.
   */
  readonly pattern: RegExp;
  /** The kernel's own format string, or a part of it, without its level. */
  readonly format: string;
  /**
   * Where that format was found: "debian 6.1" is the kernel package 6.1.192-2 of Debian 12 for amd64 (image and modules), or what else says so.
   * The texts of drivers that are not in it are as field reports have them.
   */
  readonly confirmed: string;
  /** A whole message. */
  readonly example: string;
  /** The device in the example. */
  readonly device: string;
}

/** One thing that can go wrong. */
export interface FaultKind {
  /** Stable for ever: it stands on the wire, and rules depend on it. */
  readonly code: string;
  readonly area: FaultArea;
  readonly severity: FaultSeverity;
  /** In one sentence, for people. */
  readonly meaning: string;
  /** What the device's maker says to do about it; undefined where it does not say. */
  readonly action?: string;
  /** Probes that may see the consequence now. */
  readonly triggers: readonly string[];
  readonly forms: readonly FaultForm[];
  /** For events that have numbers: what those mean that are known. They have the same code and forms. */
  readonly numbered?: ReadonlyMap<number, FaultKind>;
}

/** Where the format strings were looked up. */
export const debianKernel = "debian 6.1";
