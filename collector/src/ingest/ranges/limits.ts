/** Bounds of physical quantities: wide enough for every real machine, narrow enough that a slip of a unit or a sentinel falls out. */

/** An exbibyte: no disk, memory or file is larger. */
export const maximumBytes: bigint = 2n ** 60n;

/** What a counter can hold. All ones is what drivers say when they do not know. */
export const maximumCount: bigint = 2n ** 63n;

/** Temperatures in Celsius. 0 K and 65535 K are sentinels of drivers. */
export const celsius = { minimum: -100, maximum: 200 } as const;

/** A thousand years: whatever counts hours was not switched on for so long. */
export const maximumHours: bigint = 8_766_000n;

/** Most subjects of one observation. */
export const maximumSubjects = 4_096;

/** Most samples of one observation. */
export const maximumSamples = 16_384;

/** Most kinds that one observation lists. */
export const maximumLists = 64;

/** Longest id of a subject in bytes. */
export const maximumIdBytes = 256;
