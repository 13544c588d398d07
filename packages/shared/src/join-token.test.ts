import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatJoinToken, parseJoinToken } from "./join-token.ts";

const id = "0123456789ab";
const secret = Buffer.alloc(32, 0xff).toString("base64url"); // nothing but underscores
const hash = createHash("sha256").update("one").digest("base64url");
const other = createHash("sha256").update("two").digest("base64url");

describe("join token", () => {
  it.each([
    { name: "one authority", authorityHashes: [hash] },
    { name: "two authorities, during a rotation", authorityHashes: [hash, other] },
    { name: "hashes of underscores", authorityHashes: [secret, secret] },
  ])("says what it was made of: $name", ({ authorityHashes }) => {
    const text = formatJoinToken({ id, secret, authorityHashes });

    expect(text.startsWith(`nkj_${id}_`)).toBe(true);
    expect(parseJoinToken(text)).toEqual({ id, secret, authorityHashes });
  });

  it.each([
    { name: "nothing", text: "" },
    { name: "a credential", text: `nkc_${id}_${secret}` },
    { name: "a token without a hash", text: `nkj_${id}_${secret}` },
    { name: "a token that lost its last letter", text: `nkj_${id}_${secret}_${hash.slice(1)}` },
    { name: "three hashes", text: `nkj_${id}_${secret}_${hash}_${hash}_${hash}` },
    { name: "a token and a newline", text: `nkj_${id}_${secret}_${hash}\n` },
  ])("does not take $name for one", ({ text }) => {
    expect(parseJoinToken(text)).toBeUndefined();
  });

  it("cannot be made without an authority to trust", () => {
    expect(() => formatJoinToken({ id, secret, authorityHashes: [] })).toThrow("not of its form");
  });
});
