/** Of a pod's specification what deploy/ uses. `runtime-spec.ts` refuses what it does not know, so that nothing is left out in silence. */

/** PodSpec. */
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly hostPID?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostIPC?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly securityContext?: SecurityContext;
  readonly terminationGracePeriodSeconds?: number;
  readonly [field: string]: unknown;
}

/** Container. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly volumeMounts: readonly VolumeMount[];
  readonly securityContext: SecurityContext;
  readonly resources: { readonly limits?: { readonly memory?: string } };
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly [field: string]: unknown;
}

/** EnvVar: a value, or a field of the pod. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

/** VolumeMount. */
export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly mountPropagation?: "None" | "HostToContainer" | "Bidirectional";
}

/** A volume: its name, and one field that says of which kind it is. */
export interface Volume {
  readonly name: string;
  readonly [kind: string]: unknown;
}

/** SecurityContext of a pod or a container. */
export interface SecurityContext {
  readonly privileged?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: "RuntimeDefault" | "Unconfined" };
  readonly [field: string]: unknown;
}
