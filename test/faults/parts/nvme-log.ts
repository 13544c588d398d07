/** The health log of the NVMe drive of a machine of the corpus, in smartctl's words. */
import type { Scene, Values } from "../scene.ts";

/** Changes values of the log by their names there. */
export function nvmeLog(scene: Scene, values: Values): Promise<void> {
  const entries = Object.entries(values).map(([name, value]) => [`nvme_smart_health_information_log.${name}`, value]);
  return scene.program("smartctl", Object.fromEntries(entries));
}
