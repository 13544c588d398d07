/** The vault as a Secret, and the authority's certificates in a ConfigMap, on a real API server with the collector's own rights. */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type KubernetesClient, openKubernetesClient } from "../../collector/src/clients/kubernetes/kubernetes-client.ts";
import { type CaPublication, publishCa } from "../../collector/src/identity/cluster/ca-publication.ts";
import { openVaultSecret, type VaultSecret } from "../../collector/src/identity/cluster/vault-secret.ts";
import { emptyVault, type StoredCredential, type VaultContents } from "../../collector/src/identity/vault.ts";
import { createListeners, createLogger, systemClock } from "../../packages/shared/src/index.ts";
import { until } from "../ollama/until.ts";
import { createServiceAccount, grant, requestAccountToken } from "./cluster-objects.ts";
import { type House, names, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const secrets = "/api/v1/namespaces/nodekeeper/secrets";
const configMaps = "/api/v1/namespaces/nodekeeper/configmaps";
const secretPath = `${secrets}/${names.vaultSecret.name}`;
const configMapPath = `${configMaps}/${names.caConfigMap.name}`;
const common = { clock: systemClock, random: Math.random, logger: createLogger("test", "silent") };

describe.skipIf(missing !== undefined)(`what the collector keeps in a cluster${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;

  beforeAll(async () => {
    house = await startHouse();
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  afterEach(async () => {
    await house.cluster.admin.delete(secretPath);
    await house.cluster.admin.delete(configMapPath);
  });

  const emptySecret = (): Promise<unknown> => house.cluster.admin.create(secrets, { metadata: { name: names.vaultSecret.name } });
  const open = (client = house.client): Promise<VaultSecret> => openVaultSecret({ client, at: names.vaultSecret, ...common });
  const stored = async (): Promise<unknown> => {
    const { data } = await house.cluster.admin.get(secretPath);
    return JSON.parse(Buffer.from(String(Object(data)["vault.json"]), "base64").toString());
  };

  describe("the vault as a Secret", () => {
    it("begins in the empty Secret of the manifests, and is there for the next collector", async () => {
      await emptySecret();
      await using vault = await open();
      expect(vault.contents).toEqual(emptyVault);

      await vault.update(withCredential("one"));

      expect(await stored()).toEqual(vault.contents);
      expect((await house.cluster.admin.get(secretPath)).metadata.labels).toEqual({
        "app.kubernetes.io/managed-by": "nodekeeper",
      });
      await using next = await open();
      expect(next.contents.credentials).toMatchObject([{ id: "one" }]);
    });

    it("is written by nobody where nothing changes", async () => {
      await emptySecret();
      await using vault = await open();
      const before = await house.cluster.admin.get(secretPath);

      await vault.update((contents) => contents);

      expect(await house.cluster.admin.get(secretPath)).toEqual(before);
    });

    it("loses nothing when two collectors write at once, and each hears of the other's changes", async () => {
      await emptySecret();
      await using first = await open();
      await using second = await open();
      const heard: number[] = [];
      using _ = second.onChanged(({ credentials }) => heard.push(credentials.length));

      await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? first : second).update(withCredential(`c${index}`))),
      );

      const contents = await first.update((now) => now);
      expect(contents.credentials.map(({ id }) => id).sort()).toEqual(Array.from({ length: 10 }, (_, index) => `c${index}`));
      expect(await stored()).toEqual(contents);
      expect((await second.update((now) => now)).credentials).toHaveLength(10);
      expect(heard.at(-1)).toBe(10);
      // It was a race: the API server did refuse writes on top of what was not read.
      expect((await house.cluster.requests()).filter(({ verb, status }) => verb === "update" && status === 409)).not.toEqual([]);
    });

    it("is not changed at all when the change throws", async () => {
      await emptySecret();
      await using vault = await open();
      const broken = vault.update(() => {
        throw new Error("no such credential");
      });

      await expect(broken).rejects.toThrow("no such credential");
      expect(vault.contents).toEqual(emptyVault);
      await vault.update(withCredential("after"));
      expect(await stored()).toMatchObject({ credentials: [{ id: "after" }] });
    });

    it("leaves a Secret alone that is somebody else's, and says what it holds by name only", async () => {
      const data = { "tls.crt": "Y2VydA==", "tls.key": "c2VjcmV0" };
      await house.cluster.admin.create(secrets, { metadata: { name: names.vaultSecret.name }, data });

      const error = await open().catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({
        code: "VAULT_MALFORMED",
        message: expect.stringContaining(
          "Secret nodekeeper/nodekeeper-vault is not ours: it holds tls.crt, tls.key and no vault.json",
        ),
      });
      expect(String(error)).not.toContain("secret\n");
      expect((await house.cluster.admin.get(secretPath))["data"]).toEqual(data);
    });

    it("leaves a malformed document alone, at the start and later, and what was read before stays in force", async () => {
      await emptySecret();
      await using vault = await open();
      await vault.update(withCredential("good"));
      const secret = await house.cluster.admin.get(secretPath);
      const data = { "vault.json": Buffer.from('{"version":1,"credentials":"hunter2"}').toString("base64") };
      await house.cluster.admin.replace(secretPath, { ...secret, data });

      await expect(vault.update(withCredential("more"))).rejects.toMatchObject({ code: "VAULT_MALFORMED" });
      const error = await open().catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({ code: "VAULT_MALFORMED", message: expect.stringContaining("/credentials") });
      expect(String(error)).not.toContain("hunter2");
      expect(vault.contents.credentials).toMatchObject([{ id: "good" }]);
      expect((await house.cluster.admin.get(secretPath))["data"]).toEqual(data);
    });

    it("says which right is missing, and where a Secret must be made, since it has no right to make one", async () => {
      await using vault = await open();

      await expect(vault.update(withCredential("one"))).rejects.toMatchObject({
        code: "VAULT_UNAVAILABLE",
        message: expect.stringMatching(
          /it is not there, and cannot be made: .* cannot create resource "secrets" .* namespace "nodekeeper"/,
        ),
      });
      expect(vault.contents).toEqual(emptyVault);
    });

    it("is made where there is the right to, and made again with all that was in it when somebody deletes it", async () => {
      await using maker = await openMaker(house);
      await using vault = await open(maker);
      await vault.update(withCredential("one"));
      await house.cluster.admin.delete(secretPath);

      await vault.update(withCredential("two"));

      expect(await stored()).toMatchObject({ credentials: [{ id: "one" }, { id: "two" }] });
    });

    it(
      "is unavailable while the API server is away, and what was read stays in force",
      async () => {
        await emptySecret();
        await using vault = await open();
        await vault.update(withCredential("one"));
        await house.cluster.stop();

        await expect(vault.update(withCredential("two"))).rejects.toMatchObject({ code: "VAULT_UNAVAILABLE" });
        await expect(open()).rejects.toMatchObject({ code: "VAULT_UNAVAILABLE" });
        expect(vault.contents.credentials).toHaveLength(1);
        await house.cluster.start();

        await vault.update(withCredential("three"));
        expect(await stored()).toMatchObject({ credentials: [{ id: "one" }, { id: "three" }] });
      },
      restartLimitMs,
    );

    it("tells before it would be larger than a Secret may be", async () => {
      await emptySecret();
      await using vault = await open();
      const many = (contents: VaultContents): VaultContents => ({
        ...contents,
        credentials: Array.from({ length: 8000 }, (_, index) => credential(`many${index}`)),
      });

      await expect(vault.update(many)).rejects.toMatchObject({
        ...{ code: "VAULT_UNAVAILABLE", message: expect.stringContaining("1048576 bytes") },
      });
      const some = await vault.update((contents) => ({ ...contents, credentials: many(contents).credentials.slice(0, 4000) }));
      expect(some.credentials).toHaveLength(4000);
    });
  });

  describe("the authority's certificates in a ConfigMap", () => {
    const certificates = [randomBytes(300), randomBytes(500)];
    const changes = createListeners<undefined>();
    let published: readonly Uint8Array[] = certificates.slice(0, 1);
    const publish = (): CaPublication =>
      publishCa({
        ...{ client: house.client, at: names.caConfigMap, ...common },
        certificates: () => published,
        onChanged: (listener) => changes.add(() => listener()),
      });
    const data = async (): Promise<Readonly<Record<string, string>>> =>
      Object((await house.cluster.admin.get(configMapPath))["data"]);
    const bundle = (): string =>
      published
        .map((der) => Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n").trimEnd())
        .map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`)
        .join("");
    const make = (more: object = {}): Promise<unknown> =>
      house.cluster.admin.create(configMaps, { metadata: { name: names.caConfigMap.name }, ...more });

    it("are put into the empty one of the manifests, and all of them during a rotation", async () => {
      await make();
      await using publication = publish();
      await until(async () => (await data())["ca.crt"] === bundle());

      published = certificates;
      changes.tell(undefined);

      await until(async () => (await data())["ca.crt"] === bundle());
      expect((await data())["ca.crt"]?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      expect(publication.problems()).toEqual([]);
    });

    it("are not put over what is somebody else's", async () => {
      const theirs = { "ca.crt": "the cluster's own authority" };
      await make({ data: theirs });
      await using publication = publish();

      await until(async () => publication.problems().length > 0);

      expect(publication.problems()).toEqual([
        expect.stringMatching(/not published in the ConfigMap nodekeeper\/nodekeeper-ca: it is not ours, and is left as it is/),
      ]);
      expect(await data()).toEqual(theirs);
    });

    it(
      "are published as soon as the API server is back, or the ConfigMap there",
      async () => {
        await house.cluster.stop();
        await using publication = publish();
        await until(async () => publication.problems().some((each) => each.includes("ECONNREFUSED")));
        await house.cluster.start();
        await until(async () => publication.problems().some((each) => each.includes('cannot create resource "configmaps"')));

        await make();

        await until(async () => (await data())["ca.crt"] === bundle());
        await until(async () => publication.problems().length === 0);
      },
      restartLimitMs,
    );
  });
});

function credential(id: string): StoredCredential {
  return { id, hash: "0".repeat(64), node: id, machineId: "0".repeat(32), createdAtMs: 1_764_000_000_000 };
}

function withCredential(id: string): (contents: VaultContents) => VaultContents {
  return (contents) => ({ ...contents, credentials: [...contents.credentials, credential(id)] });
}

/** A client that may also make Secrets. */
async function openMaker({ cluster }: House): Promise<KubernetesClient> {
  const account = { namespace: names.namespace, name: "maker" };
  await createServiceAccount(cluster.admin, account);
  const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "update", "create"] }];
  await grant(cluster.admin, account, { rules, namespace: account.namespace });
  const token = await requestAccountToken(cluster.admin, account);
  return await openKubernetesClient({ kind: "kubeconfig", file: await cluster.kubeconfig(token) }, systemClock);
}
