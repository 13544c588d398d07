/** Messages as the next version would send them, with fields and messages that this one does not know, and as the one before would. */
import { fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { ConnectRequestSchema, ConnectResponseSchema } from "@nodekeeper/proto";
import type { Translation } from "./translator.ts";

/** Numbers of fields that no message has. */
const [laterField, laterMessage] = [500, 501];
const lengthDelimited = 2;
/** Three bytes with their length before them. */
const laterValue = Uint8Array.of(3, 7, 7, 7);

/** The same message, every part of it with a field that this version does not know. */
export function asLater<Of extends Message>(schema: GenMessage<Of>, bytes: Uint8Array): Uint8Array {
  const message = fromBinary(schema, bytes);
  addUnknown(message);
  return toBinary(schema, message);
}

/** An agent of the next version at this collector. */
export const laterAgent: Translation = {
  toCollector: (bytes) => [asLater(ConnectRequestSchema, bytes), unknownMessage()],
  toAgent: (bytes) => [bytes],
};

/** This agent at a collector of the next version. */
export const laterCollector: Translation = {
  toCollector: (bytes) => [bytes],
  toAgent: (bytes) => [asLater(ConnectResponseSchema, bytes), unknownMessage()],
};

/** An agent from before anybody proved who he is and before a machine said whether it is meant to be there always. */
export const earlierAgent: Translation = {
  toCollector(bytes) {
    const request = fromBinary(ConnectRequestSchema, bytes);
    const { message } = request;
    if (message.case === "authenticate") return [];
    if (message.case === "hello") {
      message.value.capabilities = [];
      message.value.availability = 0;
      message.value.probes = [];
    }
    return [toBinary(ConnectRequestSchema, request)];
  },
  toAgent(bytes) {
    const known = new Set(["helloAck", "ack", "needFull", "setIntervals", "probeNow", "reconnect"]);
    return known.has(fromBinary(ConnectResponseSchema, bytes).message.case ?? "") ? [bytes] : [];
  },
};

/** A request or response that is of a kind that came later. */
function unknownMessage(): Uint8Array {
  const tag = laterMessage * 8 + lengthDelimited;
  return Uint8Array.of((tag & 127) | 128, tag >> 7, ...laterValue);
}

function addUnknown(value: unknown): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  if ("$typeName" in value) {
    // Every message may have them.
    (value as Message).$unknown = [{ no: laterField, wireType: lengthDelimited, data: laterValue }];
  }
  for (const [key, part] of Object.entries(value)) if (key !== "$unknown") addUnknown(part);
}
