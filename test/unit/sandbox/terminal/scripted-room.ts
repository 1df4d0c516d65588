/** An embedded homeserver with a room, an operator, and something that answers commands as told. */
import { chatClient, type ChatClient, type ChatEvent } from "../../../../src/sandbox/client.ts";
import { startHomeserver, type EmbeddedHomeserver } from "../../../../src/sandbox/homeserver/homeserver.ts";
import { listen } from "../../../../src/sandbox/listener.ts";
import { cast, type Cast } from "../../../../src/sandbox/terminal/cast.ts";

export interface ScriptedRoom extends AsyncDisposable {
  readonly server: EmbeddedHomeserver;
  readonly room: string;
  readonly bot: ChatClient;
  readonly operator: ChatClient;
  readonly cast: Cast;
  readonly idle: () => Promise<boolean>;
}

/** `answer` is the bot: called for what others say; the bot is idle while no call runs. */
export async function scriptedRoom(answer: (event: ChatEvent, bot: ChatClient, room: string) => Promise<void>): Promise<ScriptedRoom> {
  const server = await startHomeserver({ serverName: "opsroom.test", limits: "none" });
  const person = (localpart: string, displayName = localpart): ChatClient =>
    chatClient({ baseUrl: server.baseUrl, ...server.createUser(localpart, { displayName }) });
  const [bot, operator] = [person("opsroom"), person("nadia")];
  const room = await operator.createRoom({ name: "Ops", invite: [bot.userId] });
  await bot.join(room);
  const ear = await listen(bot, room);
  const running = new Set<Promise<void>>();
  ear.onEvent((event) => {
    if (event.sender === bot.userId) return;
    const run = answer(event, bot, room).finally(() => running.delete(run));
    running.add(run);
  });
  return {
    server,
    room,
    bot,
    operator,
    idle: async () => running.size === 0,
    cast: cast({
      room,
      operators: [{ name: "nadia", isOperator: true, client: operator }],
      taken: ["opsroom"],
      newPerson: async (localpart, displayName) => person(localpart, displayName),
    }),
    [Symbol.asyncDispose]: async () => {
      await ear.close();
      await server.close();
    },
  };
}
