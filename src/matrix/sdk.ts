/** What is used of matrix-bot-sdk. In a file of its own, so that it can be imported late and by name, from source and from the bundle. */
export { LogService, MatrixClient, setRequestFn } from "matrix-bot-sdk";
