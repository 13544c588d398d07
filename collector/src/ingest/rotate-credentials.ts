/**
 * Gives enrolled machines new credentials: on request, and by age. A successor is handed over on the open stream and handed over again until it is
 * used; until then its predecessor is good. Whoever is killed in between, agent or collector, has one that is.
 */
import { create } from "@bufbuild/protobuf";
import { NewCredentialSchema } from "@nodekeeper/proto";
import { AppError, type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { Credential, Registry } from "../identity/registry.ts";
import type { Session, Sessions } from "./sessions.ts";
import { response } from "./wire.ts";

/** Rotates. */
export interface CredentialRotation extends AsyncDisposable {
  /** A stream is open: its agent gets what waits for it. */
  greeted(session: Session): void;
}

/** What rotating needs. */
export interface CredentialRotationOptions {
  readonly registry: Pick<
    Registry,
    "credential" | "credentialsOf" | "pendingCredential" | "onPending" | "rotateCredential" | "settle"
  >;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const hourMs = 3_600_000;
/** A credential that is older gets a successor; each at another age, so that a fleet that was enrolled together does not rotate together. */
const rotateAfterMs = 30 * 24 * hourMs;
const spreadMs = 3 * 24 * hourMs;
/** So often it is looked whose time has come. */
const lookMs = hourMs;
/** Each rotation writes the vault: so many in one look. */
const maximumPerLook = 100;

/** Begins to rotate. */
export function createCredentialRotation(options: CredentialRotationOptions): CredentialRotation {
  const { registry, sessions, clock, random, logger } = options;
  const stopping = new AbortController();
  const pending = registry.onPending((node) => {
    const session = sessions.of(node);
    if (session !== undefined) handOver(session);
  });
  const every = { clock, random, signal: stopping.signal, intervalMs: () => lookMs, firstDelayMs: lookMs };
  const looking = runEvery(every, lookAtAll);

  /** Gives the agent the successor of the credential that it shows. */
  function handOver(session: Session): boolean {
    const shown = credentialOf(session);
    const text = registry.pendingCredential(session.node);
    if (shown === undefined || shown.replaces !== undefined || text === undefined) return false;
    session.send(response({ case: "newCredential", value: create(NewCredentialSchema, { credential: text }) }));
    return true;
  }

  async function lookAtAll(): Promise<void> {
    let count = 0;
    for (const session of [...sessions.all()]) {
      if (count >= maximumPerLook || stopping.signal.aborted) return;
      if (handOver(session)) continue;
      const shown = credentialOf(session);
      if (shown === undefined) continue;
      if (shown.replaces !== undefined) await settle(shown);
      else if (ageMs(shown) > rotateAfterMs + spreadOf(shown)) {
        count += 1;
        await rotate(session.node);
      }
    }
  }

  /** It was used, and the vault could not be written then. */
  async function settle({ id, node }: Credential): Promise<void> {
    await registry.settle(id).catch((err: unknown) => {
      logger.warn(
        { err, node, credentialId: id },
        "the predecessor of a credential is still good, since the vault cannot be written",
      );
    });
  }

  async function rotate(node: string): Promise<void> {
    try {
      const { id } = await registry.rotateCredential(node);
      logger.info({ node, credentialId: id }, "a credential gets a successor");
    } catch (thrown) {
      const err = AppError.from(thrown);
      if (err.code !== "NOT_FOUND") logger.warn({ err, node }, "a credential could not be given a successor");
    }
  }

  function credentialOf({ identity }: Session): Credential | undefined {
    return identity.kind === "enrolled" ? registry.credential(identity.credentialId) : undefined;
  }

  function ageMs({ createdAtMs }: Credential): number {
    return clock.wallMs() - createdAtMs;
  }

  return {
    greeted(session) {
      const shown = credentialOf(session);
      if (shown === undefined || handOver(session)) return;
      // A successor was made by a collector that took its text along when it ended: the agent may have got it or not.
      const isUnderWay = shown.replaces === undefined && registry.credentialsOf(session.node).length > 1;
      if (isUnderWay) void rotate(session.node);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      pending[Symbol.dispose]();
      await looking;
    },
  };
}

/** The same for a credential each time; its id is random. */
function spreadOf({ id }: Credential): number {
  return ((Number.parseInt(id.slice(0, 6), 16) / 0xff_ff_ff) * 2 - 1) * spreadMs;
}
