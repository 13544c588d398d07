/** What the kinds of the probe `tailscale` may be. */
import { type Tailscale, TailscalePathSchema, type TailscalePeer } from "@nodekeeper/proto";
import { flag, known, type MessageChecks, text, texts } from "../check.ts";
import { wallTime } from "./wall-time.ts";

export const tailscale: MessageChecks<Tailscale> = {
  backendState: text(32),
  version: text(64),
  hasTun: flag,
  stableId: text(64),
  hostName: text(),
  dnsName: text(),
  addresses: texts(8, 64),
  tags: texts(64, 128),
  keyExpiresAtUnixMs: wallTime,
  isKeyExpired: flag,
  isOnline: flag,
  homeRegion: text(64),
  healthMessages: texts(16, 512),
  tailnet: text(),
  dnsSuffix: text(),
  exitNodeId: text(64),
  isExitNodeOffered: flag,
  primaryRoutes: texts(256, 64),
  isLoginPending: flag,
};

export const tailscalePeer: MessageChecks<TailscalePeer> = {
  hostName: text(),
  dnsName: text(),
  operatingSystem: text(64),
  addresses: texts(8, 64),
  tags: texts(64, 128),
  isOnline: flag,
  path: known(TailscalePathSchema),
  pathDetail: text(128),
  homeRegion: text(64),
  keyExpiresAtUnixMs: wallTime,
  isKeyExpired: flag,
  lastSeenAtUnixMs: wallTime,
  isExitNode: flag,
  primaryRoutes: texts(32, 64),
  isWatched: flag,
  pingFailure: text(),
};
