import { describe, expect, it } from "vitest";
import { podAccess } from "./kubernetes-access.ts";

describe("podAccess", () => {
  it.each([
    { host: "10.43.0.1", server: "https://10.43.0.1:443" },
    { host: "fd00::1", server: "https://[fd00::1]:443" },
  ])("finds the API at $host", ({ host, server }) => {
    expect(podAccess({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: "443" })).toEqual({
      ...{ kind: "pod", server, folder: "/var/run/secrets/kubernetes.io/serviceaccount" },
    });
  });

  it("finds none outside of a cluster", () => {
    expect(podAccess({})).toBeUndefined();
    expect(podAccess({ KUBERNETES_SERVICE_HOST: "", KUBERNETES_SERVICE_PORT: "443" })).toBeUndefined();
  });
});
