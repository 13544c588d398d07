/** The ten things that keep machines from being ready: each is named with the command that mends it, and is passed within ten seconds once it is gone. */
import { LonghornCheckLevel } from "@nodekeeper/proto";
import type { OnboardingStepName } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { toldLonghornNeeds, toldSmart, toldTailnet } from "./onboarding/test-support/new-machine.ts";
import { aClusterNodeOf, OnboardingScene } from "./test-support/onboarding-scene.ts";

/** Something that is in the way. */
interface Trouble {
  readonly name: string;
  readonly step: OnboardingStepName;
  readonly code: string;
  readonly command: RegExp;
  readonly on: string;
  /** Makes a machine that has it, and lets it come. */
  inject(scene: OnboardingScene): void;
  remove(scene: OnboardingScene): void;
}

/** It comes to a cluster on the tailnet, with all that is well. */
function arrive(scene: OnboardingScene, neko: Parameters<OnboardingScene["joinCluster"]>[0] = {}): void {
  scene.joinCluster(neko);
  scene.joinLonghorn();
  scene.connect();
}

/** Another machine tries every few seconds, as an agent that is refused for its name does. */
function rival(scene: OnboardingScene): AbortController {
  const leaving = new AbortController();
  const attempt = {
    code: "IDENTITY_CLONED",
    message: "another machine is connected as neko",
    address: "10.0.0.9",
    machineId: "other",
  };
  const tryOn = (): void => {
    if (leaving.signal.aborted) return;
    scene.turnedAway.note("neko", attempt, scene.clock.wallMs());
    scene.clock.sleep(5_900, leaving.signal).then(tryOn, () => undefined); // it left
  };
  tryOn();
  return leaving;
}

let leaving: AbortController | undefined;

const troubles: readonly Trouble[] = [
  {
    ...{ name: "no iscsid", step: "preflight", code: "no-iscsid", command: /^systemctl enable --now iscsid$/, on: "the node" },
    inject(scene) {
      scene.change({ longhorn: toldLonghornNeeds({ bad: { iscsid: LonghornCheckLevel.ERROR } }) });
      arrive(scene);
    },
    remove: (scene) => scene.change({ longhorn: toldLonghornNeeds({}) }),
  },
  {
    ...{ name: "multipathd", step: "preflight", code: "multipathd", command: /&& systemctl restart multipathd$/, on: "the node" },
    inject(scene) {
      scene.change({ longhorn: toldLonghornNeeds({ bad: { multipathd: LonghornCheckLevel.WARN } }) });
      arrive(scene);
    },
    remove: (scene) => scene.change({ longhorn: toldLonghornNeeds({}) }),
  },
  {
    ...{ name: "a clock that is wrong", step: "preflight", code: "clock-skew", command: /^chronyc makestep$/, on: "the node" },
    inject(scene) {
      scene.skewMs = 320_000;
      arrive(scene);
    },
    remove(scene) {
      scene.skewMs = 12;
    },
  },
  {
    ...{ name: "a Node's address off the tailnet", step: "preflight", code: "node-ip-off-tailnet", on: "the node" },
    command: /node-ip: "100\.64\.0\.9".* && systemctl restart k3s-agent$/,
    inject: (scene) => arrive(scene, { address: "192.168.1.9" }),
    remove: (scene) => scene.cluster.put(aClusterNodeOf("neko"), scene.clock.wallMs()),
  },
  {
    ...{ name: "a Tailscale key that expired", step: "preflight", code: "key-expired", on: "the node" },
    command: /^tailscale up --force-reauth$/,
    inject(scene) {
      scene.change({ tailscale: toldTailnet({ isKeyExpired: true, backendState: "NeedsLogin" }) });
      arrive(scene);
    },
    remove: (scene) => scene.change({ tailscale: toldTailnet({}) }),
  },
  {
    ...{ name: "no node of Longhorn", step: "disks-tagged", code: "no-longhorn-node", on: "a machine with kubectl" },
    command: /^kubectl -n longhorn-system get pods -l app=longhorn-manager .*spec\.nodeName=neko$/,
    inject(scene) {
      scene.joinCluster();
      scene.connect();
    },
    remove: (scene) => scene.joinLonghorn(),
  },
  {
    ...{
      name: "a disk that is not mounted",
      step: "preflight",
      code: "disk-unmounted",
      command: /^mount \/mnt\/longhorn$/,
      on: "the node",
    },
    inject(scene) {
      scene.change({ longhorn: toldLonghornNeeds({ unmounted: ["/mnt/longhorn"] }) });
      arrive(scene);
    },
    remove: (scene) => scene.change({ longhorn: toldLonghornNeeds({}) }),
  },
  {
    ...{ name: "a name that two machines claim", step: "identity", code: "node-name-taken", on: "the machine at 10.0.0.9" },
    command: /^hostnamectl set-hostname NEW-NAME && /,
    inject(scene) {
      leaving = rival(scene);
      arrive(scene);
    },
    remove: () => leaving?.abort(),
  },
  {
    ...{ name: "a wrong token", step: "connected", code: "wrong-token", on: "a machine with kubectl" },
    command: /^kubectl -n nodekeeper-agents delete pod .*spec\.nodeName=neko$/,
    inject(scene) {
      scene.joinCluster();
      scene.joinLonghorn();
      const attempt = {
        code: "IDENTITY_REFUSED",
        message: "the token is of another audience",
        address: "10.42.0.7",
        machineId: "",
      };
      scene.turnedAway.note("neko", attempt, scene.clock.wallMs());
    },
    remove: (scene) => scene.connect(),
  },
  {
    ...{
      name: "a disk that fails",
      step: "preflight",
      code: "disk-failing",
      command: /^smartctl -x \/dev\/nvme0$/,
      on: "the node",
    },
    inject(scene) {
      scene.change({ smart: toldSmart(0b100) });
      arrive(scene);
    },
    remove: (scene) => scene.change({ smart: toldSmart(0) }),
  },
];

describe("a machine on its way", () => {
  it("is ready at once where nothing is in its way", async () => {
    await using scene = await OnboardingScene.start();

    arrive(scene);
    await scene.pass(0);

    expect(scene.neko()).toMatchObject({ state: "ready", machineId: "1".repeat(32) });
    expect(scene.neko().steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      ...["seen passed", "connected passed", "identity passed", "inventory passed", "preflight passed"],
      ...["labelled passed", "disks-tagged passed", "routed passed", "ready passed"],
    ]);
    expect(scene.onboardings.isReady("neko")).toBe(true);
    expect(scene.readyAfterMs).toEqual([0]);
    expect(scene.asked).toEqual([]);
  });

  it.each(troubles)("is blocked by $name, told what mends it, and passes within ten seconds, untouched", async (trouble) => {
    await using scene = await OnboardingScene.start();
    trouble.inject(scene);
    await scene.pass(45_000);

    expect(scene.neko().state).toBe("blocked");
    const step = scene.step(trouble.step);
    expect(step.state).toBe("blocked");
    const { code, command, on } = trouble;
    expect(step.blockers).toEqual([{ code, command: expect.stringMatching(command), on, text: expect.stringMatching(/\w{3}/) }]);
    expect(scene.onboardings.isReady("neko")).toBe(false);

    await scene.pass(100); // just after it looked
    trouble.remove(scene);
    await scene.pass(10_000);

    expect(scene.neko().state).toBe("ready");
    expect(scene.step(trouble.step)).toMatchObject({ state: "passed", blockers: [] });
  });
});

describe("a machine that is blocked by its own disk", () => {
  it.each([0, 1_300, 2_600, 3_900, 5_200])(
    "passes within ten seconds, whenever the disk is well again (%d ms later)",
    async (laterMs) => {
      await using scene = await OnboardingScene.start();
      scene.change({ smart: toldSmart(0b100) });
      arrive(scene);
      await scene.pass(30_000 + laterMs);
      expect(scene.step("preflight").state).toBe("blocked");

      scene.change({ smart: toldSmart(0) });
      await scene.pass(10_000);

      expect(scene.neko().state).toBe("ready");
    },
  );

  it("asks it less often when nobody seems to be at it, and asks nothing else", async () => {
    await using scene = await OnboardingScene.start();
    scene.change({ smart: toldSmart(0b100) });
    arrive(scene);
    await scene.pass(60_000);
    const soon = scene.asked.length;
    for (let minute = 1; minute < 20; minute += 1) {
      scene.tell(...Object.keys(scene.says)); // by its own intervals
      await scene.pass(60_000);
    }
    const before = scene.asked.length;
    scene.tell(...Object.keys(scene.says));
    await scene.pass(60_000);

    expect(soon).toBeLessThanOrEqual(11);
    expect(scene.asked.length - before).toBe(1);
    expect(new Set(scene.asked.flat())).toEqual(new Set(["smart"]));
  });
});
