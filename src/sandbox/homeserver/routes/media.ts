/** Files: uploaded the old way, downloaded only by who is logged in (authenticated media, Synapse's default). */
import { serve, type Call, type Handler, type Site } from "../endpoint.ts";
import { notFound } from "../matrix-error.ts";

const maxUploadBytes = 50 * 2 ** 20;

export function mediaRoutes(site: Site): void {
  const { core } = site;
  const upload: Handler = (call) => {
    call.caller();
    const id = core.newId(24);
    const contentType = call.header("content-type") ?? "application/octet-stream";
    core.state.commit({ kind: "media", id, contentType, fileName: call.query("filename"), base64: call.bytes().toString("base64") });
    return { content_uri: `mxc://${core.serverName}/${id}` };
  };
  for (const version of ["v3", "r0"]) {
    serve(site, "POST", `/_matrix/media/${version}/upload`, upload);
    serve(site, "GET", `/_matrix/media/${version}/download/:server/:id`, () => {
      throw notFound("Not found");
    });
    serve(site, "GET", `/_matrix/media/${version}/config`, () => ({ "m.upload.size": maxUploadBytes }));
  }
  const download = async (call: Call): Promise<Buffer> => {
    call.caller();
    const media = call.param("server") === core.serverName ? core.state.media.get(call.param("id")) : undefined;
    if (media === undefined) throw notFound("Not found");
    const name = media.fileName === undefined ? "" : `; filename*=utf-8''${encodeURIComponent(media.fileName)}`;
    call.reply.header("content-type", media.contentType).header("content-disposition", `attachment${name}`);
    return media.data;
  };
  serve(site, "GET", "/_matrix/client/v1/media/download/:server/:id", download);
  serve(site, "GET", "/_matrix/client/v1/media/download/:server/:id/:name", download);
  serve(site, "GET", "/_matrix/client/v1/media/config", () => ({ "m.upload.size": maxUploadBytes }));
}
