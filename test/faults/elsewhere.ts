/** Faults that other tests play, with all that they need. */

/** One of them. */
export interface Elsewhere {
  readonly name: string;
  readonly title: string;
  /** The test, from the root of the repository. */
  readonly file: string;
}

/** All of them. */
export const elsewhere: readonly Elsewhere[] = [
  {
    name: "api-flapping",
    title: "The API server breaks off, answers nonsense, hangs and is cut, again and again: no label is lost",
    file: "test/cluster-fleet/promises.test.ts",
  },
  {
    name: "dying-drive-in-longhorn",
    title: "A drive of a virtual machine declares a fault: Longhorn puts nothing on it any more",
    file: "test/longhorn/dying-drive.test.ts",
  },
  {
    name: "usb-reset-by-us",
    title: "A USB bridge is reset by our own question: it is left alone for a day",
    file: "agent/src/host/exec.test.ts",
  },
  { name: "credential-copied", title: "A credential is shown by a second machine", file: "test/identity/clones.test.ts" },
  { name: "real-disk-faults", title: "A real kernel fails a disk of a virtual machine", file: "test/vm/faults.test.ts" },
  { name: "kernel-flood-real", title: "A real ring of the kernel is flooded", file: "test/vm/kernel-log.test.ts" },
  {
    name: "collector-clock",
    title: "The clock of a collector is moved, for an hour of chaos",
    file: "test/chaos/bad-hours.test.ts",
  },
];
