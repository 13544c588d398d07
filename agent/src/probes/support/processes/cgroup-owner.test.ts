import { describe, expect, it } from "vitest";
import { type CgroupOwner, cgroupOwner } from "./cgroup-owner.ts";

const id = "3f4b1c0e9a7d5e2f8c6b4a1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f";
const inner = "a".repeat(32) + "b".repeat(32);
const uid = "0d6ff2c8-6f4a-4b2e-9d3a-7c1f5e8b9a01";
const underscored = uid.replaceAll("-", "_");
const nobody: CgroupOwner = { unit: "", containerId: "", podUid: "" };

describe("cgroupOwner", () => {
  it.each<{ readonly what: string; readonly text: string; readonly owner: Partial<CgroupOwner> }>([
    { what: "a service", text: "0::/system.slice/ollama.service", owner: { unit: "ollama.service" } },
    {
      what: "a part of a service",
      text: "0::/system.slice/system-ollama.slice/ollama@gpu0.service/payload",
      owner: { unit: "ollama@gpu0.service" },
    },
    { what: "init", text: "0::/init.scope", owner: { unit: "init.scope" } },
    { what: "a kernel thread", text: "0::/", owner: {} },
    {
      what: "a program that somebody logged in to start",
      text: "0::/user.slice/user-1000.slice/session-2.scope",
      owner: { unit: "session-2.scope" },
    },
    {
      what: "a user's game",
      text: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-steam-4711.scope",
      owner: { unit: "user@1000.service" },
    },
    {
      what: "a unit whose name systemd escaped",
      text: "0::/system.slice/snap.ollama.listener-0b2c\\x2d9d.service",
      owner: { unit: "snap.ollama.listener-0b2c\\x2d9d.service" },
    },
    { what: "Docker by systemd", text: `0::/system.slice/docker-${id}.scope`, owner: { containerId: id } },
    { what: "Docker by cgroupfs", text: `0::/docker/${id}`, owner: { containerId: id } },
    {
      what: "Docker with cgroups of version 1",
      text: `12:devices:/docker/${id}\n11:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice/containerd.service`,
      owner: { containerId: id, unit: "containerd.service" },
    },
    { what: "a container in a container", text: `0::/docker/${id}/docker/${inner}`, owner: { containerId: inner } },
    {
      what: "a rootless Podman",
      text: `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`,
      owner: { containerId: id, unit: "user@1000.service" },
    },
    {
      what: "Podman started by systemd",
      text: `0::/system.slice/ollama.service/libpod-payload-${id}`,
      owner: { containerId: id, unit: "ollama.service" },
    },
    {
      what: "a pod of Podman",
      text: `0::/machine.slice/machine-libpod_pod_${inner}.slice/libpod-${id}.scope`,
      owner: { containerId: id },
    },
    {
      what: "what watches over a container of Podman",
      text: `0::/machine.slice/libpod-conmon-${id}.scope`,
      owner: { unit: `libpod-conmon-${id}.scope` },
    },
    {
      what: "a pod of K3s by systemd",
      text: `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${underscored}.slice/cri-containerd-${id}.scope`,
      owner: { containerId: id, podUid: uid },
    },
    {
      what: "a guaranteed pod by systemd",
      text: `0::/kubepods.slice/kubepods-pod${underscored}.slice/cri-containerd-${id}.scope`,
      owner: { containerId: id, podUid: uid },
    },
    {
      what: "a pod of K3s by cgroupfs",
      text: `0::/kubepods/burstable/pod${uid}/${id}`,
      owner: { containerId: id, podUid: uid },
    },
    {
      what: "a pod with cgroups of version 1",
      text: `9:memory:/kubepods/besteffort/pod${uid}/${id}\n1:name=systemd:/kubepods/besteffort/pod${uid}/${id}`,
      owner: { containerId: id, podUid: uid },
    },
    {
      what: "a pod of CRI-O",
      text: `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${underscored}.slice/crio-${id}.scope/container`,
      owner: { containerId: id, podUid: uid },
    },
    {
      what: "a pod where containerd and the kubelet name groups in two ways",
      text: `0::/system.slice/containerd.service/kubepods-burstable-pod${underscored}.slice:cri-containerd:${id}`,
      owner: { containerId: id, podUid: uid, unit: "containerd.service" },
    },
    {
      what: "a static pod",
      text: `0::/kubepods/burstable/pod0123456789abcdef0123456789abcdef/${id}`,
      owner: { containerId: id, podUid: "0123456789abcdef0123456789abcdef" },
    },
    {
      what: "a pod in a node that is a container (kind, k3d)",
      text: `0::/docker/${inner}/kubelet/kubepods/besteffort/pod${uid}/${id}`,
      owner: { containerId: id, podUid: uid },
    },
    {
      what: "a service, seen from a namespace of control groups",
      text: "0::/../../../../system.slice/ollama.service",
      owner: { unit: "ollama.service" },
    },
    {
      what: "a neighbour in the same pod, seen from there",
      text: `0::/../cri-containerd-${id}.scope`,
      owner: { containerId: id },
    },
    { what: "the shim of a container", text: "0::/system.slice/k3s.service", owner: { unit: "k3s.service" } },
    { what: "a container of LXC", text: "0::/lxc.payload.101/system.slice/ollama.service", owner: { unit: "ollama.service" } },
    {
      what: "a container of systemd-nspawn",
      text: "0::/machine.slice/machine-deb.scope/payload",
      owner: { unit: "machine-deb.scope" },
    },
    { what: "a group with a colon in its name", text: "0::/a:b/c.service", owner: { unit: "c.service" } },
    { what: "a hexadecimal name that is no container", text: "0::/system.slice/0123456789abcdef", owner: {} },
    { what: "nothing", text: "", owner: {} },
    { what: "something else", text: "not a control group\n\0\n", owner: {} },
  ])("knows $what", ({ text, owner }) => {
    expect(cgroupOwner(`${text}\n`)).toEqual({ ...nobody, ...owner });
  });
});
