/**
 * Our own authority: made when there is none, kept in the vault, rotated when it ends or on request. It signs a certificate whose key is in memory
 * only and which is renewed long before its end.
 */
import { X509Certificate } from "node:crypto";
import { AppError, type Clock, createListeners, createMutex, createNotifier, type Logger } from "@nodekeeper/shared";
import type { StoredAuthority, Vault, VaultContents } from "../identity/vault.ts";
import { createAuthority, issueCertificate } from "./certificates.ts";
import {
  authorityLifetimeMs,
  clockToleranceMs,
  graceMs,
  isAuthorityEnding,
  type RotationStep,
  rotationStep,
} from "./rotation.ts";
import type { AuthoritySource, TlsMaterial } from "./tls-source.ts";

/** What it needs. */
export interface AuthorityOptions {
  readonly vault: Vault;
  /** Names and addresses that the certificate bears, besides those that it bears in any case. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The wall clock may jump: it is looked at this often. */
const lookMs = 60_000;

/** What is served, with why it would be replaced. */
interface Serving {
  readonly material: TlsMaterial;
  readonly signer: StoredAuthority;
  readonly trusted: readonly StoredAuthority[];
  readonly issuedAtMs: number;
  readonly renewedAtMs: number;
}

/** Starts it; there is a certificate when it comes back. Throws what the vault throws. */
export async function createAuthoritySource(options: AuthorityOptions): Promise<AuthoritySource> {
  const { vault, names, clock, random, logger } = options;
  const listeners = createListeners<TlsMaterial>();
  const oneByOne = createMutex();
  const changes = createNotifier(clock);
  const stopping = new AbortController();
  let problem: string | undefined;
  let serving = await serve(await dueStep());
  const watching = vault.onChanged(() => changes.notify());
  const running = keepCurrent();

  return {
    get current() {
      return serving.material;
    },
    onChanged: listeners.add,
    problems() {
      if (problem !== undefined) return [problem];
      const nowMs = clock.wallMs();
      if (nowMs < serving.signer.createdAtMs - clockToleranceMs)
        return ["the authority of the public listeners is not valid yet: is the clock right?"];
      return nowMs < serving.material.expiresAtMs ? [] : ["the certificate of the public listeners is past its time"];
    },
    rotate: ({ isImmediate }) => oneByOne(() => rotate(isImmediate)),
    async [Symbol.asyncDispose]() {
      watching[Symbol.dispose]();
      stopping.abort();
      await running;
    },
  };

  async function keepCurrent(): Promise<void> {
    while (!stopping.signal.aborted) {
      await changes.wait(lookMs, stopping.signal).catch(() => undefined); // stopping
      if (stopping.signal.aborted) return;
      await oneByOne(refresh).then(
        () => {
          problem = undefined;
        },
        (err) => {
          problem = `the collector's certificate cannot be kept current: ${AppError.from(err).message}`;
          logger.error({ err }, "the collector's certificate could not be kept current");
        },
      );
    }
  }

  async function refresh(): Promise<void> {
    const step = await dueStep();
    if (isServed(step, clock.wallMs())) return;
    serving = await serve(step);
    const { expiresAtMs, caCertificates } = serving.material;
    logger.info({ expiresAtMs, authorities: caCertificates.length }, "the collector has a new certificate");
    listeners.tell(serving.material);
  }

  function isServed(step: RotationStep, nowMs: number): boolean {
    if (keysOf([step.signer]) !== keysOf([serving.signer]) || keysOf(step.trusted) !== keysOf(serving.trusted)) return false;
    return nowMs < serving.renewedAtMs && nowMs >= serving.issuedAtMs - clockToleranceMs; // the clock may have been far ahead
  }

  async function serve({ signer, trusted }: RotationStep): Promise<Serving> {
    const issuedAtMs = clock.wallMs();
    const issued = await issueCertificate(signer, names, issuedAtMs);
    const lifetimeMs = issued.expiresAtMs - issuedAtMs;
    const material: TlsMaterial = {
      certificateChain: `${issued.certificate.trim()}\n${signer.certificate.trim()}\n`,
      key: issued.key,
      caCertificates: trusted.map(({ certificate }) => new X509Certificate(certificate).raw),
      expiresAtMs: issued.expiresAtMs,
    };
    // After two thirds of its life, a little earlier for some: collectors that were started together do not work together.
    return { material, signer, trusted, issuedAtMs, renewedAtMs: issuedAtMs + lifetimeMs * (2 / 3 - random() / 20) };
  }

  /** As currentStep, after a rotation was begun if it is time for one. */
  async function dueStep(): Promise<RotationStep> {
    const step = await currentStep();
    const nowMs = clock.wallMs();
    if (!isAuthorityEnding(step, nowMs)) return step;
    const isOver = nowMs >= step.signer.createdAtMs + authorityLifetimeMs; // made while the clock was wrong: nobody trusts it now
    const signsFromMs = isOver ? nowMs : nowMs + graceMs;
    return begin(step.signer, signsFromMs, "the authority comes to its end, a new one takes its place");
  }

  /** The step that the vault is at, after what is due was written: the first authority, or the end of one. */
  async function currentStep(): Promise<RotationStep> {
    const nowMs = clock.wallMs();
    const step = rotationStep(vault.contents.authorities, nowMs);
    if (step === undefined) return begin(undefined, nowMs, "there was no authority, a new one was made");
    if (step.trusted.length === vault.contents.authorities.length) return step;
    logger.info({}, "the authority before this one is not trusted any more, the rotation has ended");
    return write((contents) => ({ ...contents, authorities: rotationStep(contents.authorities, nowMs)?.trusted ?? [] }));
  }

  async function rotate(isImmediate: boolean): Promise<void> {
    const nowMs = clock.wallMs();
    const step = await currentStep();
    if (!step.isWaiting) {
      await begin(step.signer, isImmediate ? nowMs : nowMs + graceMs, "a rotation of the authority has begun");
    } else if (isImmediate) {
      await write((contents) => ({
        ...contents,
        authorities: contents.authorities.map((each) => (each.signsFromMs > nowMs ? { ...each, signsFromMs: nowMs } : each)),
      }));
      logger.info({}, "the new authority signs at once");
    } else {
      const at = new Date(step.nextAtMs ?? nowMs).toISOString();
      throw new AppError(
        "CONFLICT",
        `a rotation is under way: the new authority signs from ${at} on; it can be told to sign at once`,
      );
    }
    await refresh();
  }

  /** A new authority beside the one that signs, if there is one. An older one that was only still trusted makes way. */
  async function begin(before: StoredAuthority | undefined, signsFromMs: number, message: string): Promise<RotationStep> {
    const nowMs = clock.wallMs();
    const created = await createAuthority({ createdAtMs: nowMs, signsFromMs });
    logger.info({ signsFromMs }, message);
    return write((contents) => {
      const step = rotationStep(contents.authorities, nowMs);
      if (step?.signer.certificate !== before?.certificate || step?.isWaiting === true) return contents; // another collector was first
      return { ...contents, authorities: before === undefined ? [created] : [created, before] };
    });
  }

  async function write(change: (contents: VaultContents) => VaultContents): Promise<RotationStep> {
    const { authorities } = await vault.update(change);
    const step = rotationStep(authorities, clock.wallMs());
    if (step === undefined) throw new AppError("INTERNAL", "the vault has no authority although one was just written");
    return step;
  }
}

function keysOf(authorities: readonly StoredAuthority[]): string {
  return authorities.map(({ certificate }) => certificate).join();
}
