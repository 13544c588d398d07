/**
 * The doors of the API. All lead to the same application; each request knows by which one it came, since that decides who is believed.
 * local: loopback, plain; whoever is on the machine may read, also where a login is configured: that is for who comes from elsewhere. public:
 * HTTPS, everybody proves who they are. proxy: for a proxy that says in plain headers who asks. admin: a unix socket with all rights for whoever
 * may open it.
 */
import type { IncomingMessage } from "node:http";

/** Which door. */
export type DoorKind = "local" | "public" | "proxy" | "admin";

/** A door that is open. */
export interface Door {
  readonly kind: DoorKind;
  /** e.g. http://127.0.0.1:7060; of the admin socket unix:PATH. */
  readonly url: string;
  /** How the collector may be called here. */
  readonly names: OwnNames;
}

/** The values of Host under which the collector is called at a door. */
export interface OwnNames {
  /** Host in lower case. */
  isOwn(host: string): boolean;
  /** Origin of the collector's own pages when it is called by this Host; undefined where no browser comes. */
  originOf(host: string, forwardedProtocol: string | undefined): string | undefined;
  /** For a refusal. */
  readonly told: string;
}

const doors = new WeakMap<IncomingMessage, Door>();

/** Notes by which door a request came. */
export function markDoor(request: IncomingMessage, door: Door): void {
  doors.set(request, door);
}

/** By which door a request came. */
export function doorOf(request: IncomingMessage): Door {
  const door = doors.get(request);
  if (door === undefined) throw new Error("a request came by no door");
  return door;
}
