/** The browser in which pages are tried, where there is one. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { missingBundles } from "./installation.ts";

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

/** Why no page can be tried; undefined where one can. */
export function missingForPages(): string | undefined {
  return missingBundles() ?? (chromiumPath === undefined ? "no Chromium on this machine" : undefined);
}

/** Starts it; it asks nothing of anybody by itself. */
export async function launchBrowser(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];
  return await chromium.launch({ executablePath: chromiumPath ?? "", args });
}
