import { LonghornCheckLevel } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, type Said, severityIn } from "../test-support/judge-machine.ts";
import { longhornPrerequisite } from "./longhorn-prerequisite.ts";

function said(level: LonghornCheckLevel, remedy = "apt install -y open-iscsi"): Said {
  const value = { level, message: "Neither iscsid.service nor iscsid.socket runs.", remedy };
  return {
    probe: "longhorn",
    things: [{ kind: "longhorn_check", id: "iscsid", value: { case: "longhornCheck", value } }],
    whole: ["longhorn_check"],
  };
}
const data: Said = {
  probe: "disks",
  things: [{ kind: "longhorn_disk", id: "/var/lib/longhorn", value: { case: "longhornDisk", value: {} } }],
};
const of = (...told: readonly Said[]) => severityIn(longhornPrerequisite, judge(longhornPrerequisite, machineThatSaid(...told)));

describe("longhornPrerequisite", () => {
  it("goes by longhornctl's levels, and by whether Longhorn keeps data on the node", () => {
    expect(of(data, said(LonghornCheckLevel.ERROR))).toBe("medium");
    expect(of(data, said(LonghornCheckLevel.WARN))).toBe("low");
    expect(of(said(LonghornCheckLevel.ERROR))).toBe("low");
    expect(of(data, said(LonghornCheckLevel.INFO))).toBe("clear");
    expect(of(data, said(LonghornCheckLevel.UNSPECIFIED))).toBe("hold");
  });

  it("knows data that lies on the root filesystem, and leaves a K3s without Longhorn alone", () => {
    const withFolders = (more: { folders?: string[]; isLonghornHere?: boolean }): Said => {
      const value = { level: LonghornCheckLevel.INFO, message: "Folders.", ...more };
      const folders = { kind: "longhorn_check", id: "disk-folders", value: { case: "longhornCheck", value } } as const;
      const { things = [], ...rest } = said(LonghornCheckLevel.ERROR);
      return { ...rest, things: [...things, folders] };
    };

    expect(of(withFolders({ isLonghornHere: true, folders: ["/mnt/longhorn"] }))).toBe("medium");
    expect(of(withFolders({ isLonghornHere: true }))).toBe("low");
    expect(of(withFolders({}))).toBe("low"); // it is not known
    expect(of(withFolders({ isLonghornHere: false }))).toBe("clear");
    expect(of(data, withFolders({ isLonghornHere: false }))).toBe("medium");
  });

  it("says what was found and what to do", () => {
    expect(judge(longhornPrerequisite, machineThatSaid(data, said(LonghornCheckLevel.ERROR)))).toMatchObject([
      {
        text: "Longhorn lacks something on this node: neither iscsid.service nor iscsid.socket runs",
        action: "apt install -y open-iscsi",
        evidence: [{ value: "iscsid" }, { value: "error" }],
      },
    ]);
  });

  it("ends when the check is well or gone, and holds what is old", () => {
    expect(of(data, said(LonghornCheckLevel.ERROR), { ...said(LonghornCheckLevel.INFO), things: [] })).toBe("clear");
    expect(
      severityIn(
        longhornPrerequisite,
        judge(longhornPrerequisite, machineThatSaid(data, said(LonghornCheckLevel.WARN)), 3_600_000),
      ),
    ).toBe("hold");
  });
});
