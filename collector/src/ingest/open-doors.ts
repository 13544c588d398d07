/** Opens the doors by which agents come in. */
import type { Address, Clock } from "@nodekeeper/shared";
import type { Door, GrpcService, IngestDoors, KeepConnection, MoreServices } from "./door.ts";
import { type GrpcListener, listenForCalls } from "./grpc-listener.ts";
import { type Call, serviceDefinition } from "./wire.ts";

/** What is behind them. */
export interface BehindDoors {
  onCall(call: Call, door: Door): void;
  /** By the public door alone. */
  readonly enrollment: GrpcService;
  /** By each door. */
  readonly more: MoreServices;
}

/** Doors that are open. */
export interface OpenDoors {
  /** Where they are; undefined: that door is not there. */
  readonly addresses: Readonly<Record<Door, Address | undefined>>;
  /** Takes no more calls, lets those that are there end, and ends those that do not. */
  close(): Promise<void>;
}

/** Opens all of them or none. Throws ADDRESS_IN_USE, or CONFIG_INVALID for an address that this machine does not have. */
export async function openDoors(doors: IngestDoors, { onCall, enrollment, more }: BehindDoors, clock: Clock): Promise<OpenDoors> {
  const open: GrpcListener[] = [];
  const addresses: Record<Door, Address | undefined> = { local: undefined, public: undefined };
  const close = async (): Promise<void> => {
    await Promise.all(open.map((listener) => listener.close()));
  };
  const collectorService = (door: Door, keep: KeepConnection): GrpcService => ({
    definition: serviceDefinition(),
    handlers: {
      connect(call: Call) {
        keep(call);
        onCall(call, door);
      },
    },
  });

  async function openDoor(
    door: Door,
    listen: Address,
    more: Omit<Parameters<typeof listenForCalls>[0], "listen">,
  ): Promise<void> {
    const listener = await listenForCalls({ listen, ...more }, clock);
    open.push(listener);
    addresses[door] = { host: listen.host, port: listener.port };
  }

  try {
    if (doors.local !== undefined) {
      await openDoor("local", doors.local, {
        tls: undefined,
        services: (keep) => [collectorService("local", keep), ...more("local", keep)],
      });
    }
    if (doors.public !== undefined) {
      const { listen, tls } = doors.public;
      const services = (keep: KeepConnection) => [collectorService("public", keep), enrollment, ...more("public", keep)];
      await openDoor("public", listen, { tls, services });
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { addresses, close };
}
