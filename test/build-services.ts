/**
 * Builds the services that tests run for real, so that no two tests build them at the same time: node test/build-services.ts. What was built before
 * is taken from the cache; what cannot be built here is said, and its tests skip.
 */
import { builtImage, missingForImages } from "./deploy/images.ts";
import { kubernetesPrograms, missingForKubernetes } from "./kubernetes/kubernetes-programs.ts";
import { missingForOllama, ollamaProgram } from "./ollama/ollama-program.ts";
import { missingForOpenWebUi, openWebUiProgram } from "./open-webui/open-webui-program.ts";
import { missingForSchemathesis, schemathesisProgram } from "./openapi/schemathesis-program.ts";
import { missingForPromtool, promtoolProgram } from "./prometheus/promtool.ts";
import { missingForTailscale, tailscalePrograms } from "./tailscale/tailscale-programs.ts";

/** What fails is told, and the others are built all the same. */
async function build(name: string, whyNot: () => Promise<string | undefined>, make: () => Promise<unknown>): Promise<void> {
  try {
    const missing = await whyNot();
    if (missing === undefined) await make();
    process.stdout.write(`${name}: ${missing === undefined ? "built" : `not built: ${missing}`}\n`);
  } catch (thrown) {
    process.stdout.write(`${name}: failed: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exitCode = 1;
  }
}

await build("tailscaled", missingForTailscale, tailscalePrograms);
await build("Ollama", missingForOllama, ollamaProgram);
await build("schemathesis", missingForSchemathesis, schemathesisProgram);
await build("Open WebUI", missingForOpenWebUi, openWebUiProgram);
await build("kube-apiserver and etcd", missingForKubernetes, kubernetesPrograms);
await build("promtool", missingForPromtool, promtoolProgram);
for (const name of ["agent", "collector"] as const) {
  for (const architecture of ["amd64", "arm64"] as const)
    await build(
      `image of the ${name} for ${architecture}`,
      async () => missingForImages(),
      () => builtImage(name, architecture),
    );
}
