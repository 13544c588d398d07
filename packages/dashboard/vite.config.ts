import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

/** No inline scripts or styles, so that the collector's content security policy can be strict. */
export default defineConfig({
  base: "./",
  plugins: [preact()],
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": { target: "http://127.0.0.1:7060", ws: true } } },
});
