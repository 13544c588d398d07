/** Who keeps the GPU of which node for something else than models. */
import type { GpuReservation, GpuReservationRequest } from "@nodekeeper/shared/api";

/** The reservations. People's are kept over restarts; those of programs follow from what agents say. */
export interface Reservations extends AsyncDisposable {
  /** That hold now, by node. */
  all(): readonly GpuReservation[];
  of(node: string): GpuReservation | undefined;
  /** On the disk when it resolves; in the place of one that the node has. NOT_FOUND where the node has no GPU that is known. */
  reserve(wanted: GpuReservationRequest, by: string): Promise<GpuReservation>;
  /** NOT_FOUND where no person keeps it. */
  release(node: string): Promise<GpuReservation>;
  onChanged(listener: (nodes: readonly string[]) => void): Disposable;
}
