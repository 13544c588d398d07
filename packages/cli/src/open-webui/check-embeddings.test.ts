import { describe, expect, it } from "vitest";
import { chooseEmbeddings, type EmbeddingsCandidate } from "./check-embeddings.ts";

const { signal } = new AbortController();
const [service, panther, lynx, old] = [
  "http://ollama-embeddings.nodekeeper.svc:11434",
  "http://panther:11434",
  "http://lynx:11434",
  "http://old:11434",
];
const [same, another] = [`sha256:${"a".repeat(64)}`, "b".repeat(64)];

/** What Open WebUI sees at each address; at others nothing answers. */
async function choose(
  digests: Readonly<Record<string, string>>,
  candidates: readonly EmbeddingsCandidate[],
  isOtherAccepted = false,
  from = old,
) {
  const webUi = {
    digests: async (url: string) => {
      const digest = digests[url];
      return digest === undefined ? undefined : new Map(digest === "" ? [] : [["nomic-embed-text:latest", digest]]);
    },
  };
  const body = { RAG_EMBEDDING_ENGINE: "ollama", RAG_EMBEDDING_MODEL: "Nomic-Embed-Text", ollama_config: { url: from, key: "" } };
  return await chooseEmbeddings(webUi, body, candidates, isOtherAccepted, signal);
}
const at = (...urls: readonly string[]): readonly EmbeddingsCandidate[] => urls.map((url) => ({ url, behind: [] }));

describe("chooseEmbeddings", () => {
  it("takes the first address with the same model, and stays where it is one of them", async () => {
    expect(await choose({ [old]: same, [panther]: another, [lynx]: same }, at(panther, lynx))).toEqual({
      url: lynx,
      note: undefined,
    });
    expect(await choose({ [old]: same, [panther]: same }, at(old, panther))).toEqual({ url: old, note: undefined });
    expect(await choose({ [panther]: same }, at(panther), false, "")).toEqual({ url: panther, note: undefined });
  });

  it("takes a Service only where every server behind it has the same", async () => {
    const candidates = [{ url: service, behind: [panther, lynx] }, ...at(panther)];

    expect(await choose({ [old]: same, [service]: same, [panther]: same }, candidates)).toMatchObject({ url: service });
    expect(await choose({ [old]: same, [service]: same, [panther]: same, [lynx]: another }, candidates)).toMatchObject({
      url: panther,
    });
    await expect(choose({ [old]: same, [service]: same, [lynx]: "" }, candidates)).rejects.toThrow(`leads to ${lynx}, too`);
  });

  it.each([
    {
      name: "another model",
      digests: { [old]: same, [panther]: another },
      text: /made by Nomic-Embed-Text a{12} so far.*has another .* \(b{12}\)/,
    },
    { name: "none", digests: { [old]: same, [panther]: "" }, text: /has no Nomic-Embed-Text.*ollama pull/ },
    { name: "no answer", digests: { [old]: same }, text: /does not answer Open WebUI/ },
    { name: "the same, perhaps: the old one does not answer", digests: { [panther]: same }, text: /cannot be told/ },
  ])("refuses an address with $name", async ({ digests, text }) => {
    await expect(choose(digests, at(panther))).rejects.toThrow(text);
  });

  it("takes another where that is accepted, and says what is to be done; never one that has none", async () => {
    expect(await choose({ [old]: same, [panther]: another }, at(panther), true)).toMatchObject({
      url: panther,
      note: expect.stringContaining("embedded anew"),
    });
    await expect(choose({ [old]: same, [panther]: "" }, at(panther), true)).rejects.toThrow("has no");
  });
});
