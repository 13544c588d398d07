/** What the kinds of the probe `network` may be. */
import type { NetworkInterface, OverlayNetwork, Routing } from "@nodekeeper/proto";
import { flag, type MessageChecks, text, texts, within, within64 } from "../check.ts";

export const networkInterface: MessageChecks<NetworkInterface> = {
  name: text(64),
  type: text(32),
  macAddress: text(64),
  operationalState: text(32),
  hasCarrier: flag,
  mtuBytes: within(0, 1 << 30),
  speedBitsPerSecond: within64(10n ** 14n),
  duplex: text(16),
  driver: text(64),
  addresses: texts(256, 64),
  isVirtual: flag,
  master: text(64),
};

export const routing: MessageChecks<Routing> = {
  defaultGatewayIpv4: text(64),
  defaultInterfaceIpv4: text(64),
  defaultGatewayIpv6: text(64),
  defaultInterfaceIpv6: text(64),
  nameServers: texts(16, 64),
  containerInterfaceCount: within(0, 1_000_000),
};

export const overlayNetwork: MessageChecks<OverlayNetwork> = {
  backend: text(32),
  interfaceName: text(64),
  network: text(64),
  subnet: text(64),
  mtuBytes: within(0, 1 << 30),
  interfaceMtuBytes: within(0, 1 << 30),
  underlyingInterfaceName: text(64),
  underlyingMtuBytes: within(0, 1 << 30),
};
