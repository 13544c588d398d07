/** Messages that are right but for one field: each is taken, dropped by name, or refused with a status, and never a bug. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { create, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import {
  type BlockDevice,
  BlockDeviceSchema,
  type ConnectRequest,
  ConnectRequestSchema,
  FactsSchema,
  HelloSchema,
  type Observation,
  ObservationSchema,
  Outcome,
  ReportSchema,
  type Subject,
  SubjectSchema,
} from "@nodekeeper/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observation } from "../../collector/src/test-support/observations.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { createRandom } from "../durability/random.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { aHello, connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollectorUnderFire, type CollectorUnderFire } from "./collector-under-fire.ts";
import { filled, hostilities } from "./hostile-values.ts";

const isBuilt = existsSync(collectorBundle);
const random = createRandom();

/** How a collector may end the stream of an agent that breaks the rules. */
const refusals: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
  status.RESOURCE_EXHAUSTED,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
]);
/** Messages that are on their way at once. */
const batch = 25;
const answerTimeoutMs = 20_000;

describe.skipIf(!isBuilt)(
  `a message with one hostile field${isBuilt ? "" : " (not built: pnpm run build)"} (seed ${random.seed})`,
  { timeout: 90_000 },
  () => {
    let collector: CollectorUnderFire;

    beforeAll(async () => {
      collector = await aCollectorUnderFire();
    }, 60_000);

    afterAll(() => collector?.[Symbol.asyncDispose]());

    /** An agent that was taken in, under a name of its own. */
    async function anAgent(): Promise<FakeAgent> {
      const agent = connectAgent(collector.address);
      agent.hello({ nodeName: `fuzz-${randomUUID()}`, machineId: randomUUID().replaceAll("-", "") });
      await agent.next("helloAck");
      return agent;
    }

    /** Sends one after another over streams that are opened again when the collector ends them. */
    async function sendAll(messages: readonly Uint8Array[]): Promise<void> {
      let agent = await anAgent();
      for (let index = 0; index < messages.length; index += batch) {
        for (const message of messages.slice(index, index + batch)) {
          agent.sendBytes(message);
          if (await isOver(agent)) agent = await anAgent();
        }
        if (!(await isAnswering(agent))) agent = await anAgent();
      }
      agent.vanish();
    }

    async function isOver(agent: FakeAgent): Promise<boolean> {
      await new Promise(setImmediate);
      const end = await Promise.race([agent.ended, Promise.resolve(undefined)]);
      if (end !== undefined && !refusals.has(end.code)) throw new Error(`the stream ended with ${end.code}: ${end.details}`);
      return end !== undefined;
    }

    /** Whether the stream still takes an observation; if not, it must have been refused. */
    async function isAnswering(agent: FakeAgent): Promise<boolean> {
      const sequence = 4_000_000_000 + agent.received.length;
      agent.report([observation({}, { sequence })]);
      const isAcknowledged = (): boolean =>
        agent.received.some(
          ({ message }) =>
            message.case === "ack" && message.value.ranges.some(({ first, last }) => first <= sequence && sequence <= last),
        );
      return await waitUntil("an answer", answerTimeoutMs, async () => {
        if (isAcknowledged()) return { answers: true };
        return (await isOver(agent)) ? { answers: false } : undefined;
      }).then(({ answers }) => answers);
    }

    async function expectNoBug(messages: readonly Uint8Array[]): Promise<void> {
      const { ended, errors } = await collector.attack(() => sendAll(messages));

      expect(ended).toBeUndefined();
      expect(errors).toEqual([]);
    }

    it("is answered as Hello", async () => {
      const greetings = hostilities(HelloSchema).map(({ what, apply }) => {
        const hello = filled(HelloSchema);
        Object.assign(hello.message, aHello({ nodeName: `fuzz-${randomUUID()}`, machineId: randomUUID().replaceAll("-", "") }));
        apply(hello);
        return { what, hello: hello.message as ReturnType<typeof aHello> }; // of the schema that it was made of
      });

      const { ended, errors } = await collector.attack(async () => {
        for (const { what, hello } of greetings) {
          const agent = connectAgent(collector.address);
          agent.send({ case: "hello", value: hello });
          const end = await Promise.race([agent.next("helloAck").catch(() => agent.ended), agent.ended]);
          if ("code" in end && !refusals.has(end.code))
            throw new Error(`${what}: the stream ended with ${end.code}: ${end.details}`);
          agent.vanish();
        }
      });

      expect(greetings.length).toBeGreaterThan(40);
      expect(ended).toBeUndefined();
      expect(errors).toEqual([]);
    });

    it.each(kindsOfSubject())("is answered as a subject of kind %s", async (_kind, type, place) => {
      const messages = hostilities(type).map(({ apply }, index) => {
        const value = filled(type);
        apply(value);
        return encoded(reportOf(subjectOf(place, value.message as Subject["value"]["value"] & object), index + 1));
      });

      await expectNoBug(messages);
    });

    it("is answered as a report", async () => {
      const subject = subjectOf("blockDevice", filled(BlockDeviceSchema).message as BlockDevice); // of its own schema
      const ofKind = new RegExp(
        `\\.(?:${kindsOfSubject()
          .map(([kind]) => kind)
          .join("|")})\\.`,
      );
      const messages = hostilities(ReportSchema)
        .filter(({ what }) => !ofKind.test(what)) // the test before this has those
        .map(({ apply }, index) => {
          const report = filled(ReportSchema);
          Object.assign(report.message, { observations: [observationOf(subject, index + 1)] });
          apply(report);
          // Of the schema that it was made of.
          return encoded({ case: "report", value: report.message as ReturnType<typeof create<typeof ReportSchema>> });
        });

      expect(messages.length).toBeGreaterThan(60);
      await expectNoBug(messages);
    });

    it("is answered with bytes that were flipped, cut out, repeated or added", async () => {
      const good = kindsOfSubject().map(([, type, place], index) =>
        encoded(reportOf(subjectOf(place, filled(type).message as Subject["value"]["value"] & object), index + 1)),
      );

      await expectNoBug(Array.from({ length: 1_500 }, (_, index) => damaged(good[index % good.length] ?? new Uint8Array())));
    });
  },
);

/** Each kind with its message, as Subject.value has it. */
function kindsOfSubject(): readonly (readonly [string, DescMessage, string])[] {
  return SubjectSchema.oneofs.flatMap((oneof) =>
    oneof.fields.flatMap((field) => (field.message === undefined ? [] : [[field.name, field.message, field.localName] as const])),
  );
}

function subjectOf(place: string, value: Subject["value"]["value"] & object): Subject {
  const kind = place.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  // The oneof's own name and message, read from its description.
  return create(SubjectSchema, { kind, id: "fuzz", outcome: Outcome.OK, value: { case: place, value } as Subject["value"] });
}

function observationOf(subject: Subject, sequence: number): Observation {
  const facts = create(FactsSchema, { subjects: [subject] });
  return create(ObservationSchema, { ...observation({}, { sequence }), body: { case: "full", value: facts } });
}

function reportOf(subject: Subject, sequence: number): ConnectRequest["message"] {
  return { case: "report", value: create(ReportSchema, { observations: [observationOf(subject, sequence)] }) };
}

function encoded(message: ConnectRequest["message"]): Uint8Array {
  return toBinary(ConnectRequestSchema, create(ConnectRequestSchema, { message }));
}

function damaged(bytes: Uint8Array): Uint8Array {
  const at = Math.trunc(random.between(0, bytes.length));
  const length = Math.trunc(random.between(1, 20));
  const noise = Uint8Array.from({ length }, () => random.between(0, 256));
  switch (Math.trunc(random.between(0, 4))) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at + length)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  }
}
