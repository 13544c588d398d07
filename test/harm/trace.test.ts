import { describe, expect, it } from "vitest";
import { argumentsIn, parseTrace } from "./trace.ts";

describe("argumentsIn", () => {
  it("gives what a program was started with, as it was given", () => {
    const trace = String.raw`7 execve("/usr/bin/stat", ["/usr/bin/stat", "-f", "a \"b\", [c]", "x\\y\303\251\n"], ["LC_ALL=C"]) = 0`;

    const [call] = parseTrace(trace);

    expect(call === undefined ? undefined : argumentsIn(call)).toEqual(["-f", 'a "b", [c]', "x\\y\u00c3\u00a9\n"]);
  });

  it("knows a program that was given nothing, and a call that starts none", () => {
    const [bare, open] = parseTrace(
      `7 execve("/bin/x", ["/bin/x"], ["LC_ALL=C"]) = 0\n7 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3`,
    );

    expect(bare === undefined ? undefined : argumentsIn(bare)).toEqual([]);
    expect(open === undefined ? [] : argumentsIn(open)).toBeUndefined();
  });
});
