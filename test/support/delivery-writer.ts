/** Accepts deliveries in batches until it is killed: `delivery-writer.ts NAME LOCATION-JSON`. Prints the keys of each batch once it was acknowledged. */
import { silentLog } from "../../src/observe/log.ts";
import { openStore } from "../../src/store/open.ts";

const [name = "", location = "{}"] = process.argv.slice(2);
const where: { readonly kind: "sqlite"; readonly file: string } | { readonly kind: "postgres"; readonly url: string; readonly schema: string } =
  JSON.parse(location);
const store = await openStore({ ...where, outboxLimit: 100, log: silentLog });
for (let count = 0; ; count += 1) {
  const keys = [1, 2, 3].map((each) => `${name}-${count}-${each}`);
  await store.acceptDeliveries(
    keys.map((key) => ({ key, sender: name, group: key, receivedAt: 0, body: JSON.stringify("x".repeat(2000)) })),
    { copyWindowMs: 1000, limit: 100_000 },
  );
  process.stdout.write(`${keys.join("\n")}\n`);
}
