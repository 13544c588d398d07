/** The collector serves the dashboard from a folder, built or not. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";

let folder: string;
let api: ApiHarness;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nodekeeper-dashboard-"));
  api = await startApi({ dashboardDir: join(folder, "dist") });
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const asBrowser = { accept: "text/html,application/xhtml+xml" };

async function build(): Promise<void> {
  await mkdir(join(folder, "dist/assets"), { recursive: true });
  await writeFile(join(folder, "dist/index.html"), "<!doctype html><title>fleet</title>");
  await writeFile(join(folder, "dist/assets/app-BdA3x.js"), "export {};");
  await writeFile(join(folder, "dist/favicon.svg"), "<svg/>");
  await writeFile(join(folder, "dist/.env"), "SECRET=1");
  await writeFile(join(folder, "secret.txt"), "secret");
}

describe("the dashboard", () => {
  it("says how to build it where it is not built, and is there as soon as it is", async () => {
    const missing = await api.get("/", asBrowser);
    expect(missing.status).toBe(503);
    expect(missing.text).toContain("pnpm --filter @nodekeeper/dashboard run build");

    await build();

    expect(await api.get("/")).toMatchObject({ status: 200, text: "<!doctype html><title>fleet</title>" });
  });

  it("lets browsers keep hashed files for ever, and ask again for all others", async () => {
    await build();

    const script = await api.get("/assets/app-BdA3x.js");
    const page = await api.get("/", asBrowser);
    const icon = await api.get("/favicon.svg");

    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(script.headers.get("content-type")).toContain("javascript");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(icon.headers.get("cache-control")).toBe("no-cache");
  });

  it("is one page under all of its own addresses, and none of the API's", async () => {
    await build();

    expect((await api.get("/nodes/neko", asBrowser)).text).toContain("<title>fleet</title>");
    expect((await api.get("/api/v1/nope", asBrowser)).status).toBe(404);
    expect((await api.get("/assets/gone.js", asBrowser)).status).toBe(404);
    expect((await api.get("/nodes/neko", { accept: "application/json" })).status).toBe(404);
  });

  it("serves no file outside its folder and none that is hidden", async () => {
    await build();

    for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/.env"]) {
      const { status, text } = await api.get(path);
      expect([404, 400], path).toContain(status);
      expect(text, path).not.toMatch(/secret$|SECRET/);
    }
  });
});
