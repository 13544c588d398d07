/** Bounds of what disks say of themselves: wide enough for every real disk, narrow enough that a sentinel or a slip of a unit is unknown. */

/** Temperatures in Celsius; 65535 K and other sentinels lie beyond. */
export const celsius = { minimum: -100, maximum: 200 } as const;

/** All that a counter can hold; all ones is what a firmware says that does not count. */
export const maximumCount: bigint = 2n ** 63n;

/** A thousand years: no disk was on for so long. */
export const maximumHours: bigint = 8_766_000n;

/** Raw values of ATA attributes have six bytes, and smartctl's widest format takes a seventh. */
export const maximumRawValue: bigint = 2n ** 56n;
