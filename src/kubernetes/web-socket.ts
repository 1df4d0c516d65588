/** The one class of ws that is used. In a file of its own, so that it is loaded only when something is to be run in a container. */
export { WebSocket } from "ws";
