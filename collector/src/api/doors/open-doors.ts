/** Opens the doors that are configured, all before the same application. */
import { type Address, AppError, isLoopback } from "@nodekeeper/shared";
import type { TlsSource } from "../../tls/tls-source.ts";
import { requireLoopback } from "../guard/loopback.ts";
import { openAdminSocket } from "./admin-socket.ts";
import type { DoorKind } from "./door.ts";
import { type DoorOptions, type OpenDoor, openDoor } from "./open-door.ts";
import { loopbackNames, proxyNames, publicNames } from "./own-names.ts";

/** Which doors. Undefined: not there. */
export interface DoorPlan {
  /** Loopback, plain. */
  readonly local: Address | undefined;
  /** HTTPS, with the names by which others call the collector. */
  readonly public: { readonly listen: Address; readonly names: readonly string[] } | undefined;
  /** For a proxy that says who asks; HTTPS unless it is on loopback. */
  readonly proxy: Address | undefined;
  /** Path of a unix socket. */
  readonly adminSocket: string | undefined;
}

/** The doors, open. Disposed, all are closed at once. */
export interface OpenDoors extends AsyncDisposable {
  /** In the order of DoorPlan. */
  readonly all: readonly OpenDoor[];
  of(kind: DoorKind): OpenDoor | undefined;
}

/** Opens them all or none. Throws ADDRESS_IN_USE or CONFIG_INVALID. */
export async function openDoors(
  plan: DoorPlan,
  tls: TlsSource | undefined,
  common: Omit<DoorOptions, "kind" | "tls">,
): Promise<OpenDoors> {
  await using opened = new AsyncDisposableStack();
  const all: OpenDoor[] = [];
  const add = async (opening: Promise<OpenDoor>): Promise<void> => void all.push(opened.use(await opening));
  const { local, public: others, proxy, adminSocket } = plan;

  if (local !== undefined) {
    requireLoopback(local.host);
    await add(openDoor(local, (port) => loopbackNames(local.host, port), { ...common, kind: "local", tls: undefined }));
  }
  if (others !== undefined) {
    const names = publicNames(others.names);
    const options = { ...common, kind: "public", tls: required(tls, "--public-listen"), shownHost: others.names[0] } as const;
    await add(openDoor(others.listen, () => names, options));
  }
  if (proxy !== undefined) {
    const proxyTls = isLoopback(proxy.host) ? undefined : required(tls, "--proxy-listen beyond loopback");
    await add(openDoor(proxy, () => proxyNames, { ...common, kind: "proxy", tls: proxyTls }));
  }
  if (adminSocket !== undefined) await add(openAdminSocket(adminSocket, common));

  opened.move();
  return {
    all,
    of: (kind) => all.find((door) => door.kind === kind),
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((door) => door[Symbol.asyncDispose]()));
    },
  };
}

function required(tls: TlsSource | undefined, what: string): TlsSource {
  if (tls !== undefined) return tls;
  throw new AppError(
    "CONFIG_INVALID",
    `${what} needs a certificate: give --public-listen or --public-grpc-listen with --public-name`,
  );
}
