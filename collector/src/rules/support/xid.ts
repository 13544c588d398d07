/** Events of NVIDIA's driver among the faults of the kernel log. */

/** The number of nvidia-xid-79; undefined for other codes. */
export function xidNumber(code: string): number | undefined {
  const number = /^nvidia-xid-(\d{1,4})$/.exec(code)?.[1];
  return number === undefined ? undefined : Number(number);
}
