/** Why a GPU's clocks are lower than they could be: the mask of nvmlDeviceGetCurrentClocksEventReasons, by the bits of nvml.h. Pure. */

const bits = {
  is_limited_by_idle: 0x1,
  is_limited_by_application_clocks: 0x2,
  is_limited_by_power_cap: 0x4,
  is_limited_by_hardware_slowdown: 0x8,
  is_limited_by_sync_boost: 0x10,
  is_limited_by_software_thermal: 0x20,
  is_limited_by_hardware_thermal: 0x40,
  is_limited_by_power_brake: 0x80,
  is_limited_by_display_clocks: 0x100,
} as const;

/** Each reason as 0 or 1; all unknown where the mask is. Bits that newer drivers add are left out. */
export function clockLimits(mask: number | undefined): Readonly<Record<string, number | undefined>> {
  const known = mask !== undefined && Number.isSafeInteger(mask) && mask >= 0;
  return Object.fromEntries(Object.entries(bits).map(([name, bit]) => [name, known ? Math.floor(mask / bit) % 2 : undefined]));
}
