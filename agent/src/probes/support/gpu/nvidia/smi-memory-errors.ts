/** Errors in a GPU's memory and what was done about them, in `nvidia-smi -q -x`. */
import type { DriverGpu, Unchecked } from "../driver-reading.ts";
import { smiFlag, smiNumber } from "./smi-values.ts";
import { elementAt, type XmlElement } from "./xml-tree.ts";

/** Of an element <gpu>: since the driver was loaded (volatile), and since the board was made (aggregate). */
export function smiEcc(gpu: XmlElement): Unchecked<DriverGpu>["ecc"] {
  const now = elementAt(gpu, "ecc_errors", "volatile");
  const ever = elementAt(gpu, "ecc_errors", "aggregate");
  return {
    isEnabled: smiFlag(gpu, "ecc_mode", "current_ecc"),
    isPending: smiFlag(gpu, "ecc_mode", "pending_ecc"),
    correctedErrors: corrected(now),
    uncorrectedErrors: uncorrected(now),
    lifetimeCorrectedErrors: corrected(ever),
    lifetimeUncorrectedErrors: uncorrected(ever),
  };
}

/** Of an element <retired_pages>: pages with several errors of one bit, and with one of two. */
export function smiRetiredPages(pages: XmlElement | undefined): Unchecked<DriverGpu>["retiredPages"] {
  const counts = ["multiple_single_bit_retirement", "double_bit_retirement"].map((cause) =>
    smiNumber(pages, "", cause, "retired_count"),
  );
  return {
    count: sumOfAll(counts),
    isPending: smiFlag(pages, "pending_retirement") ?? smiFlag(pages, "pending_blacklist"),
  };
}

/** Of an element <remapped_rows>. */
export function smiRemappedRows(rows: XmlElement | undefined): Unchecked<DriverGpu>["remappedRows"] {
  return {
    corrected: smiNumber(rows, "", "remapped_row_corr"),
    uncorrected: smiNumber(rows, "", "remapped_row_unc"),
    isPending: smiFlag(rows, "remapped_row_pending"),
    hasFailed: smiFlag(rows, "remapped_row_failure"),
  };
}

/** By cells since Turing, by bits before. */
function corrected(errors: XmlElement | undefined): number | undefined {
  return sumOfKnown(errors, ["sram_correctable", "dram_correctable"]) ?? smiNumber(errors, "", "single_bit", "total");
}

/** Since driver 550 those of the SRAM are told by how they were noticed. */
function uncorrected(errors: XmlElement | undefined): number | undefined {
  const names = ["sram_uncorrectable", "sram_uncorrectable_parity", "sram_uncorrectable_secded", "dram_uncorrectable"];
  return sumOfKnown(errors, names) ?? smiNumber(errors, "", "double_bit", "total");
}

function sumOfKnown(element: XmlElement | undefined, names: readonly string[]): number | undefined {
  return sumOfAll(names.map((name) => smiNumber(element, "", name)).filter((value) => value !== undefined));
}

/** Undefined where one is missing, or there is none. */
function sumOfAll(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 || known.length < values.length ? undefined : known.reduce((sum, value) => sum + value, 0);
}
