/** Thrown by whatever of the binding is used. */
export declare class EncryptionUnavailable extends Error {
  readonly code: "OPSROOM_ENCRYPTION_UNAVAILABLE";
}

/** A class of the binding that is only named: making or using one throws {@link EncryptionUnavailable}. */
declare class Unavailable {
  private constructor();
  private readonly unavailable: never;
}

export declare class OlmMachine extends Unavailable {}
export declare class UserId extends Unavailable {}
export declare class DeviceId extends Unavailable {}
export declare class RoomId extends Unavailable {}
export declare class DeviceLists extends Unavailable {}
export declare class Attachment extends Unavailable {}
export declare class EncryptedAttachment extends Unavailable {}
export declare class EncryptionSettings extends Unavailable {}

export declare const StoreType: { readonly Sled: 0; readonly Sqlite: 0 };
export type StoreType = 0;
