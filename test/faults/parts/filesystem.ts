/** How full a filesystem of a machine of the corpus is. */
import type { Scene } from "../scene.ts";

/** Sets it, as df counts: of what everybody can have. */
export async function setUsed(scene: Scene, mountPoint: string, percent: number): Promise<void> {
  await scene.record((recording) => ({
    ...recording,
    usages: recording.usages.map(({ path, answer }) => {
      if (path !== mountPoint || !("sizeBytes" in answer)) return { path, answer };
      const reservedBytes = answer.freeBytes - answer.availableBytes;
      const forAllBytes = answer.sizeBytes - reservedBytes;
      const availableBytes = Math.round((forAllBytes * (100 - percent)) / 100);
      return { path, answer: { ...answer, availableBytes, freeBytes: availableBytes + reservedBytes } };
    }),
  }));
}
