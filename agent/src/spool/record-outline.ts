/**
 * What the spool has to know of a record on the disk, without decoding all of it: after a long outage there are a hundred thousand of them,
 * and the agent is not to spend its first ten seconds on their samples.
 */
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { ObservationSchema, SpoolRecordSchema } from "@nodekeeper/proto";

/** The outline of a record. Fields that the bytes do not have are as protobuf says: empty, 0. */
export interface RecordOutline {
  readonly bootId: string;
  /** The observation, as it was written. */
  readonly observation: Uint8Array;
  readonly probe: string;
  readonly sequence: number;
  readonly observedAtMs: number;
  readonly uptimeMs: number;
  /** Facts hash in hex. */
  readonly hash: string;
  /** Which of the two the body is; undefined when it has none. */
  readonly body: "full" | "unchanged" | undefined;
}

/** Reads the outline; throws when the bytes are no protobuf. */
export function outlineOf(record: Uint8Array): RecordOutline {
  let bootId = "";
  let observation: Uint8Array = new Uint8Array();
  const reader = new BinaryReader(record);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === recordFields.bootId.number) bootId = reader.string();
    else if (field === recordFields.observation.number) observation = reader.bytes();
    else reader.skip(wireType);
  }
  return { bootId, observation, ...outlineOfObservation(observation) };
}

const recordFields = SpoolRecordSchema.field;
const fields = ObservationSchema.field;

function outlineOfObservation(bytes: Uint8Array): Omit<RecordOutline, "bootId" | "observation"> {
  const outline = { probe: "", sequence: 0, observedAtMs: 0, uptimeMs: 0, hash: "" };
  let body: RecordOutline["body"];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    switch (field) {
      case fields.probe.number:
        outline.probe = reader.string();
        break;
      case fields.sequence.number:
        outline.sequence = reader.uint32();
        break;
      case fields.observedAtUnixMs.number:
        outline.observedAtMs = Number(reader.int64());
        break;
      case fields.uptimeMs.number:
        outline.uptimeMs = Number(reader.uint64());
        break;
      case fields.factsHash.number:
        outline.hash = Buffer.from(reader.bytes()).toString("hex");
        break;
      default:
        if (field === fields.full.number) body = "full";
        if (field === fields.unchanged.number) body = "unchanged";
        reader.skip(wireType);
    }
  }
  return { ...outline, body };
}
