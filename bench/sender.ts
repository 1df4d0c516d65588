/**
 * Sends webhook calls at an even rate from a process of its own, so that what is measured is not the measuring: `node bench/sender.ts JSON`, answers with JSON.
 * Of a group one call is under way at a time, as Alertmanager does it; 5xx and broken connections are tried again after 500 ms, in order.
 */
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { webhookBody } from "../test/support/alert-source.ts";
import type { Order, Report } from "./load.ts";

const orderShape = z.object({ port: z.number(), secret: z.string(), perSecond: z.number(), seconds: z.number(), groups: z.number(), name: z.string() });
const order: Order = orderShape.parse(JSON.parse(process.argv[2] ?? "{}"));
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const took: number[] = [];
let retries = 0;
let refused = 0;

function post(body: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${order.secret}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const call = request({ host: "127.0.0.1", port: order.port, method: "POST", path: "/alertmanager/ops", agent, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    call.on("error", () => resolve(0));
    call.end(body);
  });
}

async function send(group: number, number: number): Promise<void> {
  const alerts = [{ labels: { instance: "a" }, annotations: { description: `number ${number}` } }];
  const body = JSON.stringify(webhookBody({ name: `${order.name}${group}x`, alerts }, "ops", "http://alertmanager-0:9093"));
  for (;;) {
    const began = performance.now();
    const status = await post(body);
    if (status >= 200 && status < 300) {
      took.push(performance.now() - began);
      return;
    }
    if (status > 0 && status < 500) {
      refused += 1;
      return;
    }
    retries += 1;
    await delay(500);
  }
}

const queues = Array.from({ length: order.groups }, () => Promise.resolve());
const began = performance.now();
const total = order.perSecond * order.seconds;
for (let at = 0; at < total; at += 1) {
  const due = began + (at * 1000) / order.perSecond;
  const early = due - performance.now();
  if (early > 0.5) await delay(early);
  const group = at % order.groups;
  const number = at;
  queues[group] = (queues[group] ?? Promise.resolve()).then(() => send(group, number));
}
await Promise.all(queues);
const report: Report = { took, retries, refused, seconds: (performance.now() - began) / 1000 };
agent.destroy();
process.stdout.write(JSON.stringify(report));
