/** When a JSON Web Token ends, by its own word. It is not verified: that is for who is shown it. */

/** ms since 1970; undefined where it does not say. */
export function tokenExpiryMs(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    if (typeof claims !== "object" || claims === null || !("exp" in claims) || typeof claims.exp !== "number") return undefined;
    return claims.exp * 1000;
  } catch {
    return undefined; // no such token: its end is not known
  }
}
