import { describe, expect, it } from "vitest";
import { processPurpose } from "./process-purpose.ts";

describe("processPurpose", () => {
  it.each([
    ["ollama", "ollama.service", "ollama"],
    ["llama-server", "", "ollama"],
    ["python3", "ollama.service", "ollama"],
    ["Xorg", "session-2.scope", "desktop"],
    ["gnome-shell", "org.gnome.Shell@wayland.service", "desktop"],
    ["kwin_wayland", "plasma-kwin_wayland.service", "desktop"],
    ["Xwayland", "", "desktop"],
    ["steam", "app-steam-4711.scope", "game"],
    ["steamwebhelper", "", "game"],
    ["Cyberpunk2077.e", "app-steam-1091500.scope", "game"],
    ["eldenring.exe", "user@1000.service", "game"],
    ["hl2_linux", "app-gnome-steam-1234.scope", "game"],
    ["gamescope-wl", "", "game"],
    ["wine64-preloader", "", "game"],
    ["Hades", "app-flatpak-com.valvesoftware.Steam-99.scope", "game"],
    ["python3", "user@1000.service", "other"],
    ["firefox", "app-gnome-firefox-2.scope", "other"],
    ["steamroller", "steamroller.service", "other"],
    ["", "", "other"],
  ])("takes %s in the unit %s for %s", (processName, unit, purpose) => {
    expect(processPurpose({ processName, unit })).toBe(purpose);
  });
});
