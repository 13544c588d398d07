/** Interfaces that container networks and virtual machines make and drop by the hundred. */

/** True for the host's end of a pod's, container's or guest's cable, by the names that network plugins give. */
export function isContainerInterface(name: string): boolean {
  return names.test(name);
}

/**
 * veth (flannel, Docker, LXD), cali (Calico), lxc and lxc_health (Cilium; not the bridges lxcbr0 and lxdbr0), nic and eni, azv, gke (cloud
 * plugins), and Proxmox's tap, fwbr, fwln and fwpr.
 */
const names = /^(?:veth|cali|lxc(?!br)|azv|gke|eni[0-9a-f]|nic[0-9a-f]{6}|tap\d+i\d+$|fw(?:br|ln|pr)\d+)/;
