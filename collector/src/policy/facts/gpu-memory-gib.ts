/** The memory that a GPU is sold with. A driver counts less: a part is kept for itself, and another for correcting errors. */

/** What cards are sold with, in GiB. */
const soldGib: readonly number[] = [
  1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48, 64, 80, 94, 96, 128, 141, 144, 180, 192, 256, 288,
];
const gib = 2 ** 30;
/** A driver that counts a little more than the card has. */
const slackGib = 0.02;

/** The next size that is sold; beyond the largest the next whole number. */
export function gpuMemoryGib(totalBytes: number): number {
  const counted = totalBytes / gib - slackGib;
  return soldGib.find((size) => size >= counted) ?? Math.ceil(counted);
}
