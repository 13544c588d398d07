/**
 * What mends something that Longhorn needs, as an agent tells it. People type it as root, maybe on another machine than the one that told it: only what
 * our agents say is passed on (agent/src/probes/support/longhorn), and never a text that one of them made up. Pure.
 */

/** Something to do. */
export interface Remedy {
  /** A command, to be typed on the node; else a sentence. */
  readonly isCommand: boolean;
  readonly text: string;
}

/** Undefined: nothing was told, or nothing that we know. */
export function prerequisiteRemedy(told: string): Remedy | undefined {
  if (told === multipath || commands.some((command) => command.test(told))) return { isCommand: true, text: told };
  return sentences.some((sentence) => sentence.test(told)) ? { isCommand: false, text: told } : undefined;
}

const installers = "apt install -y|dnf install -y|zypper install -y|pacman -S --noconfirm|apk add";
const packages = "open-iscsi|iscsi-initiator-utils|nfs-client|nfs-common|nfs-utils|cryptsetup|dmsetup|device-mapper";
const multipath = String.raw`printf 'blacklist {\n    devnode "^sd[a-z0-9]+"\n}\n' >> /etc/multipath.conf && systemctl restart multipathd`;

const commands: readonly RegExp[] = [
  new RegExp(`^(?:${installers}) (?:${packages})$`),
  /^systemctl enable --now iscsid$/,
  /^modprobe (\w{1,32}) && echo \1 > \/etc\/modules-load\.d\/\1\.conf$/,
];

const sentences: readonly RegExp[] = [
  /^Install the package that brings [a-z.]{1,32}\.$/,
  /^Install the package with the rest of this kernel's modules \(on Ubuntu linux-modules-extra-\$\(uname -r\)\)\.$/,
  /^Upgrade the kernel to [\d.-]{1,32} or later\.$/,
  /^Boot a kernel with CONFIG_NFS_V4\.$/,
];
