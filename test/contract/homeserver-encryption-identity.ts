/** A person's cross-signing keys as their client makes them. */
import type { Content } from "../../src/sandbox/client.ts";
import type { Encrypter } from "./homeserver-encryption-bed.ts";
import { signed, signingKey, type SigningKey } from "./homeserver-encryption-signing.ts";

export interface Identity {
  readonly master: SigningKey;
  readonly selfSigning: SigningKey;
  readonly userSigning: SigningKey;
  readonly upload: { readonly master_key: Content; readonly self_signing_key: Content; readonly user_signing_key: Content };
}

export function identityOf({ userId, key }: Encrypter): Identity {
  const [master, selfSigning, userSigning] = [signingKey(), signingKey(), signingKey()];
  const content = (usage: string, { id, publicKey }: SigningKey): Content => ({ user_id: userId, usage: [usage], keys: { [id]: publicKey } });
  const upload = {
    master_key: signed(content("master", master), userId, key),
    self_signing_key: signed(content("self_signing", selfSigning), userId, master),
    user_signing_key: signed(content("user_signing", userSigning), userId, master),
  };
  return { master, selfSigning, userSigning, upload };
}

/** With its device keys and its cross-signing keys on the server. */
export async function withIdentity(who: Encrypter): Promise<Identity> {
  const identity = identityOf(who);
  await who.post("/keys/upload", { device_keys: who.deviceKeys });
  await who.post("/keys/device_signing/upload", identity.upload);
  return identity;
}
