/** What kind of program uses a GPU, by its name and the unit that it runs in. Pure. */
import type { ProcessOwner } from "@nodekeeper/proto";

/** As GpuProcess.purpose on the wire. */
export type ProcessPurpose = "ollama" | "desktop" | "game" | "other";

/** Ollama's own runners, whatever they are called in a release. */
const ollamaPrograms = /^(?:ollama(?:[-_].*)?|llama-server|ollama_llama_se.*)$/;
const ollamaUnit = /^ollama(?:@.*)?\.service$/;

/** Names are as /proc/<pid>/comm has them: cut to 15 characters. */
const desktopPrograms =
  /^(?:Xorg(?:\.bin)?|X|Xwayland|gnome-shell|gnome-session.*|mutter.*|kwin_(?:x11|wayland).*|plasmashell|ksmserver|sddm(?:-greeter.*)?|gdm.*|lightdm.*|sway|Hyprland|hyprland|river|niri|labwc|wayfire|weston|cosmic-.*|cinnamon|muffin|xfwm4|xfdesktop|mate-.*|marco|compiz|picom|compton|budgie-wm|gala|enlightenment|phoc|cage)$/;

/** Launchers, and the layers that Windows games run in. */
const gamePrograms =
  /^(?:steam(?:webhelper.*)?|gamescope(?:-.*)?|proton|wine(?:64)?(?:-preloader)?|wineserver(?:64)?|wine[-_].*|lutris(?:-.*)?|heroic|gamemoded|pressure-vessel.*|reaper|.+\.[eE][xX][eE]|retroarch|dolphin-emu|rpcs3|yuzu|pcsx2.*|minecraft.*)$/;
/** Of desktops that give each program a unit: app-steam-1234.scope, app-flatpak-com.valvesoftware.Steam-99.scope. */
const gameUnits = /(?:^|[-.])(?:steam|lutris|heroic|gamescope|valvesoftware|bottles)(?:[-.@_]|app|$)/i;

/** The purpose of a process. */
export function processPurpose({ processName, unit }: Pick<ProcessOwner, "processName" | "unit">): ProcessPurpose {
  if (ollamaUnit.test(unit) || ollamaPrograms.test(processName)) return "ollama";
  if (desktopPrograms.test(processName)) return "desktop";
  if (gamePrograms.test(processName) || gameUnits.test(unit)) return "game";
  return "other";
}
