/**
 * Questions in words to the firmware of a Raspberry Pi, through the kernel's mailbox. Source of numbers and layout: vcgencmd.c of
 * raspberrypi/utils, and drivers/char/broadcom/vcio.c of Raspberry Pi's kernel: /dev/vcio takes a message by ioctl, and hands the answer back in it.
 */
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";

/** An open mailbox. */
export interface Firmware extends Disposable {
  /** The firmware's answer, which may be that it does not know the question. Throws where the kernel does not pass it on. */
  ask(question: string): string;
}

/** The first that is there: newer kernels have one through which nothing but such questions can be asked. */
const devices: readonly string[] = ["/dev/vcio_gencmd", "/dev/vcio"];
/** _IOWR(100, 0, char *) on machines of 64 bits. */
const mailboxProperty = 0xc008_6400;
const generalCommandTag = 0x0003_0080;
/** Of question and answer. */
const textBytes = 1024;
/** Size, request, tag, size of the buffer, size of the answer, error of the answer. */
const headBytes = 6 * 4;
const endBytes = 4;

/** Opens the mailbox. Throws where there is none, or what calls it cannot be loaded. */
export function openFirmware(): Firmware {
  const { load } = createRequire(import.meta.filename)("koffi") as typeof import("koffi"); // the package's own declaration
  const ioctl = load(null).func("int ioctl(int, unsigned long, void *)");
  const descriptor = openDevice();
  return {
    ask: (question) => {
      const message = messageOf(question);
      const result: unknown = ioctl(descriptor, mailboxProperty, message);
      if (result !== 0) throw new Error(`the kernel does not pass on the question ${question}: ${String(result)}`);
      const text = message.subarray(headBytes, headBytes + textBytes);
      const end = text.indexOf(0);
      return text.subarray(0, end === -1 ? textBytes : end).toString("latin1");
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

function openDevice(): number {
  let why: unknown;
  for (const device of devices) {
    try {
      return openSync(device, "r");
    } catch (thrown) {
      why = thrown;
    }
  }
  throw why;
}

function messageOf(question: string): Buffer {
  const message = Buffer.alloc(headBytes + textBytes + endBytes);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt32LE(generalCommandTag, 2 * 4);
  message.writeUInt32LE(textBytes, 3 * 4);
  message.write(question, headBytes, textBytes - 1, "latin1");
  return message;
}
