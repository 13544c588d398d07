/** The reporter over TLS: whom it trusts, what it shows, and what it does when either changes. Real sockets, real certificates, time that tests move. */
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { status as grpcStatus } from "@grpc/grpc-js";
import { Availability, GoodbyeReason, NewCredentialSchema, ProbeDescriptionSchema, TrustSchema } from "@nodekeeper/proto";
import { type Address, systemClock } from "@nodekeeper/shared";
import { beforeAll, describe, expect, it } from "vitest";
import { createAccess } from "../access/access.ts";
import { formatAddress } from "../access/addresses.ts";
import { readIdentity, type StoredIdentity, writeIdentity } from "../access/identity-file.ts";
import { createLocalReader } from "../spool/local-reader.ts";
import { type Behaviour, eventually, FakeCollector } from "../test-support/fake-collector.ts";
import { SpoolTrial } from "../test-support/spool-trial.ts";
import { GoingMachine } from "../test-support/staying.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { makeAuthority, type ServerFiles, type TestAuthority } from "../test-support/test-authority.ts";
import { createReporter, type Reporter } from "./reporter.ts";

let ours: TestAuthority;
let theirs: TestAuthority;
let good: ServerFiles;

beforeAll(async () => {
  ours = await makeAuthority("ours");
  theirs = await makeAuthority("theirs");
  good = await ours.issue();
});

interface Scene extends AsyncDisposable {
  readonly collector: FakeCollector;
  readonly reporter: Reporter;
  readonly spool: SpoolTrial;
  readonly path: string;
  readonly machine: GoingMachine;
  identity(): StoredIdentity | undefined;
  /** Time passes for the agent, and the sockets get theirs. */
  pass(ms: number): Promise<void>;
  warnings(): readonly string[];
}

async function open(
  behaviour: Behaviour,
  change: Partial<StoredIdentity> = {},
  more: readonly Address[] = [],
  isUpgraded = false,
): Promise<Scene> {
  const machine = new GoingMachine();
  const parts = new AsyncDisposableStack();
  const folder = parts.use(await createTempDirectory());
  const collector = parts.use(await FakeCollector.listen({ tls: good, ...behaviour }));
  const spool = parts.use(await SpoolTrial.create());
  const path = join(folder.path, "identity.json");
  writeIdentity(path, {
    nodeName: "siberian",
    credentials: ["nkc_1"],
    caCertificates: [ours.pem],
    givenAddresses: [...more, collector.address].map(formatAddress),
    addresses: [],
    serverName: "nodekeeper-collector",
    ...change,
  });
  const { clock, logger } = spool;
  const config = { collectors: [], tokenFile: undefined, caFile: undefined, identityFile: path, serverName: "" };
  const reader = createLocalReader({
    spool: spool.spool,
    control: {
      describe: () => [create(ProbeDescriptionSchema, { name: "system", intervalMs: 15_000 })],
      setIntervals: () => undefined,
      trigger: () => undefined,
    },
    watchedPeers: { watch: () => true },
    identity: { nodeName: "host-name", machineId: "0123", bootId: "boot-1" },
    leaving: machine,
    clock,
  });
  const reporter = createReporter({
    ...{ spool: reader, access: createAccess(config, clock), clock, logger, random: () => 0.5 },
    availability: Availability.INTERMITTENT,
    isUpgraded: () => isUpgraded,
  });
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  parts.defer(async () => {
    stop.abort();
    const done = running.then(() => true);
    while (!(await Promise.race([done, realTime(10).then(() => false)]))) await clock.advance(1_000);
  });
  return {
    ...{ collector, reporter, spool, path, machine },
    identity: () => readIdentity(path),
    // In steps that are shorter than any time limit of a dial.
    pass: async (ms) => {
      for (let left = ms; left > 0; left -= stepMs) {
        await clock.advance(Math.min(left, stepMs));
        await realTime(30);
      }
    },
    warnings: () => logger.lines.filter((line) => line.level === "warn").map((line) => line.message),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const stepMs = 4_000;

async function realTime(ms: number): Promise<void> {
  await systemClock.sleep(ms, new AbortController().signal);
}

function connected({ reporter }: Scene): () => boolean {
  return () => reporter.status().isConnected;
}

describe("a reporter with an identity", () => {
  it("shows its credential to a collector that it trusts, speaks by its enrolled name, and says that it comes and goes", async () => {
    await using scene = await open({});
    await eventually("it connects", connected(scene));

    expect(scene.collector.stream.hello).toMatchObject({ nodeName: "siberian", availability: Availability.INTERMITTENT });
    expect(scene.collector.stream.credentials).toEqual(["nkc_1"]);
  });

  it.each([
    {
      name: "another authority",
      files: () => theirs.issue(),
      says: /not one that we trust.*theirs.*we trust.*ours.*enroll again/,
    },
    {
      name: "another name",
      files: () => ours.issue({ name: "mail" }),
      says: /is another's: it bears DNS:mail, not nodekeeper-collector/,
    },
    {
      name: "a time that is over",
      files: () => ours.issue({ fromMs: Date.UTC(2020, 0), untilMs: Date.UTC(2020, 1) }),
      says: /not good now: it is good from Jan .* look at the clock of this machine/,
    },
  ])("shows nothing to one with a certificate of $name, and says so in words, once", async ({ files, says }) => {
    const shown: string[] = [];
    const tls = await files();
    await using scene = await open({ tls, greet: (_, credential) => ({ collectorVersion: `${shown.push(credential)}` }) });
    await eventually("it was told", () => scene.warnings().length > 0);
    await scene.pass(160_000); // two dials more

    expect(scene.reporter.status().problem).toMatch(says);
    expect(scene.warnings()).toEqual(["the collector is not one that this agent trusts"]);
    expect(shown).toEqual([]);
  });

  it("tries its addresses in order, and afterwards first the one that worked", async () => {
    await using dead = await FakeCollector.listen({ tls: await theirs.issue() });
    await using scene = await open({}, {}, [{ host: "127.0.0.1", port: 1 }, dead.address]);
    await eventually("it connects", connected(scene));
    scene.collector.kill();
    await eventually("it noticed", () => !connected(scene)());
    await scene.collector.restart();

    await scene.pass(2_000);
    await eventually("it is back", () => scene.collector.streams.length === 2);

    expect(scene.warnings()).toEqual([]);
  });

  it("keeps whom to trust, so that it knows the next authority before that signs", async () => {
    await using scene = await open({});
    await eventually("it connects", connected(scene));
    const trust = create(TrustSchema, { caCertificates: [ours.der, theirs.der], serverName: "nodekeeper-collector" });
    scene.collector.stream.send({ case: "trust", value: trust });
    await eventually("it is kept", () => scene.identity()?.caCertificates.length === 2);
    scene.collector.kill();
    await eventually("it noticed", () => !connected(scene)());
    scene.collector.behaviour = { tls: await theirs.issue() };
    await scene.collector.restart();

    await scene.pass(2_000);

    await eventually("it is back", () => scene.collector.streams.length === 2);
  });
});

describe("feature 7: credential rotation with no downtime", () => {
  it("keeps a new credential, shows it on the open stream, and forgets the old one when the new one was taken", async () => {
    await using scene = await open({});
    await eventually("it connects", connected(scene));
    scene.collector.stream.send({ case: "newCredential", value: create(NewCredentialSchema, { credential: "nkc_2" }) });
    await eventually("it is shown", () => scene.collector.stream.credentials.length === 2);

    expect(scene.collector.stream.credentials).toEqual(["nkc_1", "nkc_2"]);
    expect(scene.identity()?.credentials).toEqual(["nkc_2", "nkc_1"]);
    expect(scene.collector.streams).toHaveLength(1);
    scene.collector.kill();
    await eventually("it noticed", () => !connected(scene)());
    await scene.collector.restart();
    await scene.pass(2_000);
    await eventually("it is back", () => scene.collector.streams.length === 2);
    await eventually("the old one is forgotten", () => scene.identity()?.credentials.length === 1);
    expect(scene.collector.stream.credentials).toEqual(["nkc_2"]);
  });

  it("is let in by the old credential when a crash came between keeping and showing the new one", async () => {
    const refused: string[] = [];
    const greet = (_: unknown, credential: string): { readonly code: grpcStatus; readonly details: string } | object => {
      if (credential === "nkc_1") return {};
      refused.push(credential);
      return { code: grpcStatus.UNAUTHENTICATED, details: "this credential is not known" };
    };
    await using scene = await open({ greet }, { credentials: ["nkc_2", "nkc_1"] });

    await eventually("it connects", connected(scene));

    expect(refused).toEqual(["nkc_2"]);
    expect(scene.identity()?.credentials).toEqual(["nkc_1"]);
    expect(scene.warnings()).toEqual([]);
  });

  it("shows what the machine was enrolled with anew while the stream was open", async () => {
    await using scene = await open({});
    await eventually("it connects", connected(scene));
    const identity = scene.identity();
    if (identity === undefined) throw new Error("there is no identity");
    writeIdentity(scene.path, { ...identity, credentials: ["nkc_9"] });

    await scene.pass(60_000);

    await eventually("it is shown", () => scene.collector.stream.credentials.includes("nkc_9"));
    expect(scene.collector.streams).toHaveLength(1);
  });

  it("does not show the former collector what another one gave, and goes over to that one", async () => {
    await using other = await FakeCollector.listen({ tls: await theirs.issue() });
    await using scene = await open({});
    await eventually("it connects", connected(scene));
    const identity = scene.identity();
    if (identity === undefined) throw new Error("there is no identity");
    const change = { credentials: ["nkc_9"], caCertificates: [theirs.pem], givenAddresses: [formatAddress(other.address)] };
    writeIdentity(scene.path, { ...identity, ...change });

    await scene.pass(64_000);

    await eventually("it is with the other", () => other.streams.length === 1);
    expect(other.stream.credentials).toEqual(["nkc_9"]);
    expect(scene.collector.streams.flatMap(({ credentials }) => credentials)).toEqual(["nkc_1"]);
    expect(scene.identity()).toMatchObject(change);
  });

  it("complains once of a collector that sends what cannot be kept again and again, and stays with it", async () => {
    await using scene = await open({});
    await eventually("it connects", connected(scene));
    const bad = create(NewCredentialSchema, { credential: "not\none" });
    for (let count = 0; count < 200; count++) scene.collector.stream.send({ case: "newCredential", value: bad });

    scene.collector.stream.send({ case: "newCredential", value: create(NewCredentialSchema, { credential: "nkc_2" }) });

    await eventually("the good one is shown", () => scene.collector.stream.credentials.includes("nkc_2"));
    expect(scene.warnings()).toEqual(["what the collector sent cannot be kept"]);
    expect(scene.collector.streams).toHaveLength(1);
  });
});

describe("a reporter whose identity is refused", () => {
  it.each([
    { code: grpcStatus.UNAUTHENTICATED, details: "this credential was revoked" },
    { code: grpcStatus.PERMISSION_DENIED, details: "this credential is of another node" },
  ])("says it once, stays away for minutes, and is ready again when it is let in ($details)", async (refusal) => {
    let dials = 0;
    let isOpen = false;
    const greet = (): typeof refusal | object => {
      dials += 1;
      return isOpen ? {} : refusal;
    };
    await using scene = await open({ greet });
    await eventually("it was told", () => scene.warnings().length > 0);

    await scene.pass(300_000);

    expect(scene.warnings()).toEqual(["the collector refuses this agent"]);
    expect(scene.reporter.status().problem).toContain(refusal.details);
    expect(dials).toBe(3);
    isOpen = true;
    await scene.pass(150_000);
    await eventually("it is let in", connected(scene));
  });

  it("tries again every few seconds while another machine has its name, so that it is in soon after that one left", async () => {
    let dials = 0;
    let isOpen = false;
    const greet = (): object => {
      dials += 1;
      return isOpen ? {} : { code: grpcStatus.ALREADY_EXISTS, details: "another machine is connected as siberian" };
    };
    await using scene = await open({ greet });
    await eventually("it was told", () => scene.warnings().length > 0);

    await scene.pass(24_000);

    expect(scene.warnings()).toEqual(["the collector refuses this agent"]);
    expect(dials).toBeGreaterThanOrEqual(5);
    expect(dials).toBeLessThanOrEqual(9);
    isOpen = true;
    await scene.pass(8_000);
    await eventually("it is let in", connected(scene));
  });

  it("dials within seconds when the machine is enrolled anew, however long it was to stay away", async () => {
    const greet = (_: unknown, credential: string): object =>
      credential === "nkc_1" ? { code: grpcStatus.UNAUTHENTICATED, details: "this credential was revoked" } : {};
    await using scene = await open({ greet });
    await eventually("it was told", () => scene.warnings().length > 0);
    const before = scene.identity();
    if (before === undefined) throw new Error("it has no identity");

    writeIdentity(scene.path, { ...before, credentials: ["nkc_3"] });
    await scene.pass(4_000);

    await eventually("it is let in", connected(scene));
    expect(scene.collector.stream.credentials).toEqual(["nkc_3"]);
  });

  it("writes no credential into its log", async () => {
    const greet = (): { readonly code: grpcStatus; readonly details: string } => ({
      code: grpcStatus.UNAUTHENTICATED,
      details: "no",
    });
    await using scene = await open({ greet }, { credentials: ["nkc_secret2", "nkc_secret1"] });
    await eventually("it was told", () => scene.warnings().length > 0);

    expect(JSON.stringify(scene.spool.logger.lines)).not.toContain("secret");
  });
});

describe("a goodbye", () => {
  it.each([
    { name: "the agent was just stopped, when nothing else is known", reason: GoodbyeReason.STOPPED },
    { name: "the machine's reason, when that is known", machine: GoodbyeReason.REBOOT, reason: GoodbyeReason.REBOOT },
    { name: "the agent is upgraded, when its program was replaced", isUpgraded: true, reason: GoodbyeReason.UPGRADE },
    {
      name: "the machine's reason before its own",
      machine: GoodbyeReason.SHUTDOWN,
      isUpgraded: true,
      reason: GoodbyeReason.SHUTDOWN,
    },
  ])("says $name", async ({ machine, isUpgraded, reason }) => {
    const scene = await open({}, {}, [], isUpgraded);
    await eventually("it connects", connected(scene));
    if (machine !== undefined) scene.machine.reason = machine;

    await scene[Symbol.asyncDispose]();

    expect(scene.collector.stream.goodbyeReason).toBe(reason);
  });

  it("is said when the machine goes to sleep, with what there was to report, and the agent is back when it wakes", async () => {
    await using scene = await open({});
    await eventually("it connects", connected(scene));
    scene.spool.append("system", "last words");

    scene.machine.go(GoodbyeReason.SUSPEND);

    await eventually("it has left", () => scene.machine.events.includes("departed"));
    expect(scene.collector.stream.goodbyeReason).toBe(GoodbyeReason.SUSPEND);
    expect(scene.collector.observations).toHaveLength(1);
    await scene.pass(60_000);
    expect(scene.collector.streams).toHaveLength(1);
    scene.machine.stay();
    await scene.pass(2_000);
    await eventually("it is back", () => scene.collector.streams.length === 2);
    expect(scene.warnings()).toEqual([]);
  });
});
