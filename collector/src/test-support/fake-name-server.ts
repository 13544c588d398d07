/** A name server on loopback that speaks DNS over UDP, with the zone that a test gives it. */
import { createSocket } from "node:dgram";

/** What it says of a name: addresses by family, that there is no such name, that it has failed, or nothing at all. */
export type ZoneAnswer =
  | { readonly a?: readonly string[]; readonly aaaa?: readonly string[] }
  | "no such name"
  | "failed"
  | "silence";

/** A server that answers. */
export interface FakeNameServer extends AsyncDisposable {
  /** As a resolver takes it, e.g. 127.0.0.1:41234. */
  readonly address: string;
  /** Names that were asked for, with their type. */
  readonly asked: readonly string[];
}

/** Starts one. */
export async function startNameServer(answerOf: (name: string) => ZoneAnswer): Promise<FakeNameServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (question, from) => {
    const { name, type, end } = questionOf(question);
    asked.push(`${name} ${type}`);
    const answer = answerOf(name);
    if (answer === "silence") return;
    socket.send(reply(question.subarray(0, end), type, answer), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

const types: Readonly<Record<number, "A" | "AAAA">> = { 1: "A", 28: "AAAA" };

/** RFC 1035, 4.1.2: labels with their lengths, type, class. */
function questionOf(message: Buffer): { readonly name: string; readonly type: "A" | "AAAA" | undefined; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString("ascii", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), type: types[message.readUInt16BE(at + 1)], end: at + 5 };
}

function reply(question: Buffer, type: "A" | "AAAA" | undefined, answer: Exclude<ZoneAnswer, "silence">): Buffer {
  const header = Buffer.from(question);
  const records = typeof answer === "string" || type === undefined ? [] : recordsOf(type, answer);
  const code = answer === "no such name" ? 3 : answer === "failed" ? 2 : 0;
  header.writeUInt16BE(0x8180 | code, 2); // an answer, with recursion
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, ...records]);
}

function recordsOf(type: "A" | "AAAA", { a = [], aaaa = [] }: Exclude<ZoneAnswer, string>): readonly Buffer[] {
  return (type === "A" ? a : aaaa).map((address) => {
    const data = type === "A" ? Buffer.from(address.split(".").map(Number)) : ipv6Bytes(address);
    const head = Buffer.alloc(12);
    head.writeUInt16BE(0xc00c, 0); // the name of the question
    head.writeUInt16BE(type === "A" ? 1 : 28, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt32BE(60, 6);
    head.writeUInt16BE(data.length, 10);
    return Buffer.concat([head, data]);
  });
}

/** Of an address with one "::". */
function ipv6Bytes(address: string): Buffer {
  const [before = "", after = ""] = address.split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(before).length - groups(after).length;
  const all = [...groups(before), ...Array.from({ length: missing }, () => "0"), ...groups(after)];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of all.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  return bytes;
}
