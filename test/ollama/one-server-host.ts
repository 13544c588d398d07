/**
 * The machine itself, as if the server of a test were the only Ollama on it: other processes are not shown, units lie in the test's hands, and
 * the server belongs to the unit that is told, and bears its usual name. Everything else is real: /proc of the server, its sockets, what it answers.
 */

import type { Host } from "../../agent/src/host/host.ts";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import { AppError, systemClock } from "../../packages/shared/src/index.ts";

/** What the machine shows. It may be changed between two runs. */
export interface OneServer {
  /** The process; undefined where none runs. */
  pid: number | undefined;
  /** Unit files by path. */
  units: Readonly<Record<string, string>>;
  /** The unit that the process belongs to, as systemd's cgroups would say it; undefined: it is as it really is. */
  unit: string | undefined;
}

/** Makes the host. */
export function oneServerHost(server: OneServer, root = "/"): Host {
  const machine = createLocalHost({ root, clock: systemClock });
  const textOf = (path: string, options: Parameters<Host["readText"]>[1]): string => {
    const text = server.units[path];
    if (text === undefined) throw new AppError("HOST_FILE_MISSING", `cannot read ${path}: it is not on this machine`);
    return options?.keep?.(text) ?? text;
  };
  return {
    ...machine,
    readText: async (path, options) => {
      if (path === `/proc/${server.pid}/comm`) return "ollama\n"; // see real-ollama.ts
      if (server.unit !== undefined && server.pid !== undefined) {
        if (path === `/proc/${server.pid}/cgroup`) return `0::/system.slice/${server.unit}\n`;
        if (path === `/sys/fs/cgroup/system.slice/${server.unit}/cgroup.procs`) return `${server.pid}\n`;
      }
      if (isUnitPath(path) || path in server.units) return textOf(path, options);
      return await machine.readText(path, options);
    },
    list: async (path) => {
      if (path === "/proc") return ["1", ...(server.pid === undefined ? [] : [String(server.pid)])];
      if (!isUnitPath(path)) return await machine.list(path);
      const names = Object.keys(server.units).filter((each) => each.startsWith(`${path}/`));
      return names.map((each) => each.slice(path.length + 1)).sort();
    },
  };
}

function isUnitPath(path: string): boolean {
  return path.includes("/systemd/") || path.startsWith("/sys/fs/cgroup/");
}
