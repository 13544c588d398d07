/** The taint that a kubelet registers its Node with, so that nothing comes there before the machine is ready. We never write it. */

/** Its key. No taint of a policy may have this name (policy/file/read-labels.ts). */
export function startupTaint(domain: string): string {
  return `${domain}/onboarding`;
}
