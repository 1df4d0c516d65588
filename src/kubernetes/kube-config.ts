/** The one class of @kubernetes/client-node that is used. In a file of its own, so that the bundle leaves the rest of that package out. */
export { KubeConfig } from "@kubernetes/client-node";
