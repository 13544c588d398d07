/** All that a request passes before its handler: who asks, may that one, does it really come from there, and not too often. */
import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "@nodekeeper/shared";
import type { Auditor } from "../audit/auditor.ts";
import type { Door } from "../doors/door.ts";
import { type Access, authorize } from "./authorize.ts";
import { refuseCrossSite } from "./cross-site.ts";
import type { Identify } from "./identify.ts";
import { actorOf, limitKeyOf, nobody, type Principal } from "./principal.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Headers } from "./shown-proof.ts";

/** A request, as far as the gate looks at it. */
export interface Asked {
  readonly door: Pick<Door, "kind">;
  readonly method: string;
  /** It changes nothing, whatever its method. */
  readonly isRead?: boolean;
  readonly access: Access;
  readonly headers: IncomingHttpHeaders;
  readonly headersDistinct: Headers;
  /** Of the other side; empty at the admin socket. */
  readonly address: string;
  readonly requestId: string;
  /** What the audit calls it; undefined for what is not audited. */
  readonly audited: { readonly action: string; readonly target: { readonly kind: string; readonly name: string } } | undefined;
}

/** Lets requests through. */
export interface Gate {
  /** Who asks. Throws IDENTITY_…, FORBIDDEN, ORIGIN_REFUSED or RATE_LIMITED; refusals of what is audited are in the audit then. */
  admit(asked: Asked): Promise<Principal>;
}

/** What a gate needs. */
export interface GateOptions {
  readonly identify: Identify;
  readonly limits: RateLimits;
  readonly auditor: Pick<Auditor, "refuse">;
}

/** A gate for all doors. */
export function createGate({ identify, limits, auditor }: GateOptions): Gate {
  return {
    async admit(asked) {
      if (asked.access === "anyone") {
        if (!isOfThisMachine(asked)) await limits.count("read", limitKeyOf(nobody, asked.address));
        return nobody;
      }
      const principal = await identified(asked);
      try {
        await limit(principal, asked);
        authorize(principal, asked.access);
        refuseCrossSite(principal, { method: asked.method, isAudited: asked.audited !== undefined }, asked.headers);
        return principal;
      } catch (thrown) {
        note(principal, asked, AppError.from(thrown));
        throw thrown;
      }
    },
  };

  async function identified(asked: Asked): Promise<Principal> {
    try {
      return await identify(asked.door.kind, asked.headersDistinct);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.kind !== "identity") throw error;
      const isProofShown = error.code === "IDENTITY_REFUSED" || error.code === "IDENTITY_EXPIRED";
      if (isProofShown) {
        if (asked.audited === undefined) {
          const target = { kind: "address", name: asked.address };
          auditor.refuse({ actor: actorOf(nobody), action: "api.refused", target, error, from: "", requestId: asked.requestId });
        } else note(nobody, asked, error);
        await limits.count("failure", asked.address);
      } else note(nobody, asked, error);
      throw error;
    }
  }

  /** Reads of this machine's own programs are not counted: they take nobody's turn but their own. What is audited is no mere read. */
  async function limit(principal: Principal, asked: Asked): Promise<void> {
    const isReading = asked.isRead === true || asked.method === "GET" || asked.method === "HEAD";
    const isChange = asked.audited !== undefined || !isReading;
    if (asked.door.kind === "admin" || (!isChange && isOfThisMachine(asked))) return;
    await limits.count(isChange ? "change" : "read", limitKeyOf(principal, asked.address));
  }

  function note(principal: Principal, { audited, address, requestId }: Asked, error: AppError): void {
    const from = principal.kind === "nobody" ? address : "";
    if (audited !== undefined) auditor.refuse({ actor: actorOf(principal), ...audited, error, from, requestId });
  }
}

function isOfThisMachine({ door }: Asked): boolean {
  return door.kind === "local" || door.kind === "admin";
}
