/**
 * Stands in for pnpm in the tests of `npm start` and `npm test`: writes each call into FAKE_EVENTS, and leaves what pnpm would.
 * FAKE_PNPM says how it misbehaves.
 */
const { appendFileSync, copyFileSync, mkdirSync, writeFileSync } = require("node:fs");

const args = process.argv.slice(2);
const command = args.find((arg) => ["install", "build", "exec"].includes(arg)) ?? args[0];
if (command !== "--version") appendFileSync(process.env["FAKE_EVENTS"] ?? "", `pnpm ${command}\n`);

const behaviour = process.env["FAKE_PNPM"] ?? "behaves";
/** @type {Readonly<Record<string, string>>} */
const failures = {
  "finds another lock":
    " ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with frozen-lockfile because pnpm-lock.yaml is not up to date\n",
  "fills the disk": "ENOSPC: no space left on device, write\n",
  "cannot build": "src/main.ts:3:1: error: Unexpected token\n",
};

if (behaviour === `hangs in ${command}`) {
  setInterval(() => {}, 1000);
} else if (behaviour in failures && (command === "build") === (behaviour === "cannot build")) {
  process.stdout.write(failures[behaviour] ?? "");
  process.exitCode = 1;
} else if (command === "install") {
  for (const folder of ["agent", "collector"]) mkdirSync(`${folder}/node_modules`, { recursive: true });
} else if (command === "build") {
  for (const folder of ["agent", "collector", "packages/cli", "packages/dashboard"])
    mkdirSync(`${folder}/dist`, { recursive: true });
  for (const name of ["agent", "collector"]) copyFileSync(`${__dirname}/fake-service.cjs`, `${name}/dist/${name}.cjs`);
  writeFileSync(
    "packages/cli/dist/nodekeeper.cjs",
    "console.log(process.versions.node, ...process.argv.slice(2)); process.exitCode = 3;\n",
  );
  writeFileSync("packages/dashboard/dist/index.html", "");
} else if (command === "exec") {
  const summary = { passed: 2, failed: [], skipped: [{ name: "a.test.ts > reads a disk", reason: "smartctl is not installed" }] };
  if (args.includes("missing.test.ts")) process.exitCode = 1;
  else writeFileSync(process.env["NODEKEEPER_TEST_SUMMARY"] ?? "", JSON.stringify(summary));
}
