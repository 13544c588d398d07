/** Files of utmp records as glibc writes them, for tests. */

/** One record. */
export interface WtmpRecord {
  /** ut_type: 1 run level, 2 boot, 7 login, 8 logout. */
  readonly type: number;
  readonly user?: string;
  readonly host?: string;
  readonly processId?: number;
  readonly seconds: number;
  readonly microseconds?: number;
}

/** A boot. */
export function boot(seconds: number, kernelRelease = "6.12.47-amd64"): WtmpRecord {
  return { type: 2, user: "reboot", host: kernelRelease, seconds };
}

/** A shutdown. */
export function shutdown(seconds: number, kernelRelease = "6.12.47-amd64"): WtmpRecord {
  return { type: 1, user: "shutdown", host: kernelRelease, seconds };
}

/** Somebody's login. */
export function login(seconds: number, user = "alice"): WtmpRecord {
  return { type: 7, user, host: "192.0.2.7", processId: 1234, seconds };
}

/** The file, by its bytes: of x86 (records of 384 bytes) or of 64-bit ARM (400). */
export function wtmpOf(records: readonly WtmpRecord[], recordBytes: 384 | 400 = 384): Buffer {
  return Buffer.concat(
    records.map(({ type, user = "", host = "", processId = 0, seconds, microseconds = 0 }) => {
      const record = Buffer.alloc(recordBytes);
      record.writeInt16LE(type, 0);
      record.writeInt32LE(processId, 4);
      record.write("~", 8);
      record.write("~~", 40);
      record.write(user, 44, 32);
      record.write(host, 76, 256);
      if (recordBytes === 384) {
        record.writeUInt32LE(seconds, 340);
        record.writeUInt32LE(microseconds, 344);
      } else {
        record.writeBigUInt64LE(BigInt(seconds), 344);
        record.writeBigUInt64LE(BigInt(microseconds), 352);
      }
      return record;
    }),
  );
}
