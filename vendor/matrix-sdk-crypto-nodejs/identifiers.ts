/**
 * Ids as the SDK makes them, which uses its objects again and again: the WebAssembly's own are used up by the calls that take lists of them, so here
 * they are texts, and a fresh object is made for each call.
 */
class Identifier {
  readonly #id: string;

  /** @throws TypeError */
  constructor(id: string, form: RegExp, what: string) {
    if (!form.test(id)) throw new TypeError(`not a Matrix ${what}: ${JSON.stringify(id)}`);
    this.#id = id;
  }

  toString(): string {
    return this.#id;
  }
}

export class UserId extends Identifier {
  constructor(id: string) {
    super(id, /^@[^:]*:.+$/su, "user id");
  }
}

export class DeviceId extends Identifier {
  constructor(id: string) {
    super(id, /^/u, "device id");
  }
}

export class RoomId extends Identifier {
  constructor(id: string) {
    super(id, /^!.+$/su, "room id");
  }
}

export class DeviceLists {
  readonly changed: readonly UserId[];
  readonly left: readonly UserId[];

  constructor(changed?: readonly UserId[] | null, left?: readonly UserId[] | null) {
    this.changed = changed ?? [];
    this.left = left ?? [];
  }

  isEmpty(): boolean {
    return this.changed.length === 0 && this.left.length === 0;
  }
}
