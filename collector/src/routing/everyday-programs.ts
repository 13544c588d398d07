/**
 * Programs that people leave open beside everything else and that draw by the GPU: browsers and what is built on one, terminals, files, the desktop's own
 * helpers. Any of them can hold more than a GiB for days, and nobody plays or computes meanwhile: they keep no GPU from models. By names as the kernel has them,
 * cut to 15 characters. Pure.
 */

const browsers =
  /^(?:firefox.*|librewolf.*|zen(?:-bin)?|floorp|waterfox|Isolated Web Co|Isolated Servic|Web Content|RDD Process|GPU Process|Utility Process|WebExtensions|Privileged Cont|chrome|chromium.*|google-chrome.*|brave.*|vivaldi.*|opera|msedge|epiphany.*|WebKitWebProces|QtWebEngineProc)$/;
const builtOnBrowsers =
  /^(?:electron.*|code(?:-.*)?|codium|cursor|[Ss]lack|[Dd]iscord.*|vesktop|signal-desktop|element-desktop|teams.*|spotify|obsidian|thunderbird.*)$/;
const ofTheDesktop =
  /^(?:nautilus|dolphin|konsole|gnome-terminal-|ptyxis|kitty|alacritty|ghostty|wezterm-gui|foot|telegram-deskto|xdg-desktop-por|gnome-software|gnome-control-c|plasma-.*|gjs|quickshell|waybar|xwayland-satell|Xvnc|Xtigervnc)$/;
/** They stay open beside games and long after them, and draw their shop with a browser. */
const launchers = /^(?:steam|steamwebhelper.*|lutris.*|heroic|EpicGamesLaunch.*|Battle\.net.*)$/;

/** Whether a program is one of them. */
export function isEverydayProgram(name: string): boolean {
  return [browsers, builtOnBrowsers, ofTheDesktop].some((names) => names.test(name));
}

/** Whether a program launches games, and is none. */
export function isLauncher(name: string): boolean {
  return launchers.test(name);
}
