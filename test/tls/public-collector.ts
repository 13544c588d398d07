/** A whole collector with a public door for agents, and clients that come by it. */
import { createHash, X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { type ConnectionOptions, connect } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { type Address, type Clock, collectorServerName } from "@nodekeeper/shared";
import { emptyVault, type StoredAuthority, type VaultContents } from "../../collector/src/identity/vault.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";

/** The collector; its public door is on a loopback address. */
export interface PublicCollector extends CollectorUnderTest {
  readonly publicGrpcAddress: Address;
}

/** What others call it. */
export const publicName = "collector.home";

/** A machine outside of the cluster that was enrolled before, with its credential. */
export const enrolled = {
  node: "siberian",
  machineId: "11111111111111111111111111111111",
  credential: `nkc_0123456789ab_${"s".repeat(43)}`,
};

/** Lays a vault into a data folder in which that machine is enrolled and which has no authority yet. */
export async function enrollIn(dataDir: string): Promise<void> {
  const hash = createHash("sha256").update("s".repeat(43)).digest("hex");
  const { node, machineId } = enrolled;
  const vault: VaultContents = { ...emptyVault, credentials: [{ id: "0123456789ab", hash, node, machineId, createdAtMs: 0 }] };
  await writeFile(`${dataDir}/vault.json`, JSON.stringify(vault), { mode: 0o600 });
}

/** Starts it over a data folder, in which its vault lies. */
export async function aPublicCollector(options: {
  readonly dataDir: string;
  readonly args?: readonly string[];
  readonly clock?: Clock;
}): Promise<PublicCollector> {
  const args = [`--data-dir=${options.dataDir}`, "--public-grpc-listen=127.0.0.1:0", `--public-name=${publicName}`];
  const collector = await aCollector({
    args: [...args, ...(options.args ?? [])],
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const { publicGrpcAddress } = collector;
  if (publicGrpcAddress === undefined) throw new Error("the collector has no public door");
  return { ...collector, publicGrpcAddress };
}

/** The authorities in the vault of a data folder. */
export async function authoritiesIn(dataDir: string): Promise<readonly StoredAuthority[]> {
  const vault: VaultContents = JSON.parse(await readFile(`${dataDir}/vault.json`, "utf8"));
  return vault.authorities;
}

/** An agent, of the enrolled machine unless it shows another credential, which trusts these authorities (DER or PEM) and no others. */
export function connectByTls(
  address: Address,
  trusted: readonly (Uint8Array | string)[],
  credential: string = enrolled.credential,
): FakeAgent {
  const pem = trusted.map((each) => new X509Certificate(each).toString()).join("");
  return connectAgent(
    address,
    { "grpc.ssl_target_name_override": collectorServerName },
    credentials.createSsl(Buffer.from(pem)),
    credential,
  );
}

/** What a client saw of the collector in a handshake. */
export interface Handshake {
  readonly protocol: string | null;
  readonly alpnProtocol: string | false | null;
  readonly certificate: X509Certificate | undefined;
}

/** A handshake and nothing else. Rejects with the client's error if it does not trust the collector. */
export function shakeHands(address: Address, options: ConnectionOptions): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address, ALPNProtocols: ["h2"], ...options }, () => {
      resolve({
        protocol: socket.getProtocol(),
        alpnProtocol: socket.alpnProtocol,
        certificate: socket.getPeerX509Certificate(),
      });
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
