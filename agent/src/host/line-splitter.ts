/** Cuts a stream of bytes into lines, with a bound on how long one may become. */

/** Takes chunks as they come. */
export interface LineSplitter {
  /** False once a line became longer than allowed: nothing more may be pushed. */
  push(chunk: Buffer): boolean;
  /** Hands on what came after the last end of a line. */
  end(): void;
}

/** Hands each line on without its end; empty ones are left out. */
export function createLineSplitter(maximumLineBytes: number, onLine: (line: string) => void): LineSplitter {
  let pieces: Buffer[] = [];
  let pendingBytes = 0;

  const finish = (): void => {
    const line = Buffer.concat(pieces).toString("utf8");
    pieces = [];
    pendingBytes = 0;
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (text !== "") onLine(text);
  };

  return {
    push: (chunk) => {
      let start = 0;
      while (start < chunk.length) {
        const newline = chunk.indexOf(newlineByte, start);
        const end = newline < 0 ? chunk.length : newline;
        pendingBytes += end - start;
        if (pendingBytes > maximumLineBytes) return false;
        pieces.push(chunk.subarray(start, end));
        if (newline < 0) return true;
        finish();
        start = newline + 1;
      }
      return true;
    },
    end: finish,
  };
}

const newlineByte = 0x0a;
