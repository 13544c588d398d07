/**
 * A program: mounts a FUSE filesystem and then never answers. `node silent-fuse.ts FOLDER`. It takes each request from the kernel, so whoever asks
 * the mount for anything sleeps uninterruptibly (state D) until this program ends: SIGKILL does not help. Prints a line once it is mounted.
 */
import { execFileSync } from "node:child_process";
import { openSync, readSync, writeSync } from "node:fs";

/** From linux/fuse.h: lengths of headers in bytes, the operation, and the version of the protocol that is spoken here. */
const inHeaderBytes = 40;
const outHeaderBytes = 16;
const initAnswerBytes = 64;
const initOperation = 26;
const version = { major: 7, minor: 31 };
/** The kernel refuses to hand requests to a smaller buffer than 8 KiB. */
const bufferBytes = 256 * 1024;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node silent-fuse.ts FOLDER");
const device = openSync("/dev/fuse", "r+");
const options = "fd=3,rootmode=40000,user_id=0,group_id=0,subtype=silent";
execFileSync("mount", ["-i", "-t", "fuse", "-o", options, "silent", folder], { stdio: ["ignore", "inherit", "inherit", device] });
process.stdout.write("mounted\n");

const request = Buffer.alloc(bufferBytes);
for (;;) {
  readSync(device, request); // blocks until there is a request
  if (request.readUInt32LE(4) === initOperation) writeSync(device, initAnswer(request));
}

/** The one answer: without it the kernel would keep requests back, and a process that waits for that can be killed. */
function initAnswer(init: Buffer): Buffer {
  const answer = Buffer.alloc(outHeaderBytes + initAnswerBytes);
  answer.writeUInt32LE(answer.length, 0);
  init.copy(answer, 8, 8, 16); // the number of the request
  answer.writeUInt32LE(version.major, outHeaderBytes);
  answer.writeUInt32LE(version.minor, outHeaderBytes + 4);
  init.copy(answer, outHeaderBytes + 8, inHeaderBytes + 8, inHeaderBytes + 12); // the read-ahead that the kernel proposes
  answer.writeUInt32LE(4096, outHeaderBytes + 20); // the longest write
  return answer;
}
