"use strict";

/**
 * What matrix-bot-sdk names of the native crypto binding. Nothing of it is used at import or in unencrypted rooms;
 * whatever is used nevertheless throws the one error below instead of sending in the clear.
 */
const why =
  "End-to-end encryption is not available in this build: the native library of @matrix-org/matrix-sdk-crypto-nodejs cannot be had from a package registry, " +
  "and vendor/matrix-sdk-crypto-nodejs stands in for it. Use an unencrypted private room.";

class EncryptionUnavailable extends Error {
  constructor() {
    super(why);
    this.name = "EncryptionUnavailable";
    this.code = "OPSROOM_ENCRYPTION_UNAVAILABLE";
  }
}

const refuse = () => {
  throw new EncryptionUnavailable();
};

/** A class of the binding: both `new X()` and `X.anything` throw. The few names that module loaders and loggers ask of any value stay quiet. */
function unavailable(name) {
  const quiet = new Set(["name", "length", "prototype", "then", "toJSON"]);
  const target = { [name]: class {} }[name];
  return new Proxy(target, {
    construct: refuse,
    apply: refuse,
    get: (it, key) => (typeof key === "symbol" || quiet.has(key) ? Reflect.get(it, key) : refuse()),
  });
}

exports.EncryptionUnavailable = EncryptionUnavailable;
exports.OlmMachine = unavailable("OlmMachine");
exports.UserId = unavailable("UserId");
exports.DeviceId = unavailable("DeviceId");
exports.RoomId = unavailable("RoomId");
exports.DeviceLists = unavailable("DeviceLists");
exports.Attachment = unavailable("Attachment");
exports.EncryptedAttachment = unavailable("EncryptedAttachment");
exports.EncryptionSettings = unavailable("EncryptionSettings");
/** A number in the binding; the SDK only passes it on. */
exports.StoreType = Object.freeze({ Sled: 0, Sqlite: 0 });
