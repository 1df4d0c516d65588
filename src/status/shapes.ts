/** The two known ways to install a homeserver, as data: by which labels each part is found. */
import type { HomeserverSpec, PartSelectors, ShapeName } from "./homeserver-spec.ts";

const name = "app.kubernetes.io/name";
const component = "app.kubernetes.io/component";

const shapes: Readonly<Record<ShapeName, PartSelectors>> = {
  /**
   * element-hq/ess-helm `matrix-stack`, templates/<part>/_helpers.tpl. Not selected by `app.kubernetes.io/instance`, which Argo CD before 3.0
   * overwrites. The check-config hook's pods carry the component of Synapse too.
   */
  ess: {
    synapse: { labels: `${component}=matrix-server,${name}=synapse-main`, container: "synapse" },
    workers: { labels: `${component}=matrix-server,${name} notin (synapse-main,synapse-check-config)`, container: "synapse" },
    mas: { labels: `${component}=matrix-authentication,${name}=matrix-authentication-service` },
    postgres: { labels: `${component}=matrix-stack-db,${name}=postgres`, container: "postgres" },
    redis: { labels: `${name}=redis` },
    rtc: { labels: `${component} in (matrix-rtc-voip-server,matrix-rtc-authorisation-service)` },
    ingress: { labels: `${component}=matrix-stack-ingress` },
    elementWeb: { labels: `${component}=matrix-client` },
    hookshot: { labels: `${component}=matrix-integrations` },
  },
  /** remram44/matrix-helm `matrix` 2.9.17 with bitnami's PostgreSQL, and the sub-charts `mas` and `rtc` of mrt0rtikize/modern-matrix-helm. */
  "matrix-chart": {
    synapse: { labels: `${name}=matrix`, container: "matrix" },
    mas: { labels: `${name}=mas,${component}!=postgresql`, container: "mas" },
    postgres: { labels: `${name}=postgresql,${component}=primary`, container: "postgresql" },
    masPostgres: { labels: `${name}=mas,${component}=postgresql`, container: "postgresql" },
    redis: { labels: `${name}=rtc,${component}=redis` },
    rtc: { labels: `${name} in (rtc,livekit-server,livekit-sfu),${component}!=redis` },
    elementWeb: { labels: `${name} in (element,element-web)` },
  },
};

/** By what the parts of `homeserver` are found: its shape's selectors, replaced by its own where it has any. */
export function selectorsOf({ shape, selectors = {} }: Pick<HomeserverSpec, "shape" | "selectors">): PartSelectors {
  return { ...shapes[shape], ...selectors };
}
