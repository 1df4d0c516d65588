/** What the configuration says of a homeserver: where it is, and by what its parts are found. */

/** The parts of a homeserver that are looked at. */
export const homeserverParts = ["synapse", "workers", "mas", "postgres", "masPostgres", "rtc", "redis", "ingress", "elementWeb", "hookshot"] as const;
export type HomeserverPart = (typeof homeserverParts)[number];

export interface PartSelector {
  /** Kubernetes label selector, `app.kubernetes.io/name=synapse-main,…`, as `kubectl -l` takes it. */
  readonly labels: string;
  /** The container that is meant, where a pod has side-cars. Default: all of the pod. */
  readonly container?: string | undefined;
}

export type PartSelectors = Readonly<Partial<Record<HomeserverPart, PartSelector | undefined>>>;

/** How a homeserver was installed: Element's ESS chart (`ess`), or remram44's `matrix` chart with its sub-charts (`matrix-chart`). */
export const shapeNames = ["ess", "matrix-chart"] as const;
export type ShapeName = (typeof shapeNames)[number];

export interface HomeserverSpec {
  /** The short name that people type. */
  readonly name: string;
  /** The part of MXIDs after the colon. */
  readonly serverName: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly shape: ShapeName;
  /** Used instead of, or beside, the shape's own. */
  readonly selectors?: PartSelectors | undefined;
  /** The CloudNativePG `Cluster` that holds its databases, in the same Kubernetes cluster. */
  readonly database?: { readonly cnpg: { readonly namespace: string; readonly cluster: string } } | undefined;
  /** Where federation is asked, `https://matrix.example.org`. Default: found by the server name's well-known. */
  readonly address?: string | undefined;
}
