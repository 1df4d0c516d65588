/** One webhook call, from its body to its answer. */
import type { IncomingMessage } from "node:http";
import { OpsroomError } from "../../errors.ts";
import type { DeadLetter, DeliveryRecord } from "../../store/alert-store.ts";
import { BatcherFull, type Batcher, type Kept } from "./batch.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { deliveryRecord } from "./delivery-key.ts";
import type { IntakeLimits } from "./limits.ts";
import { parseWebhook } from "./parse-webhook.ts";
import { readBody } from "./read-body.ts";

export interface ReceiveNeeds {
  readonly limits: IntakeLimits;
  readonly budget: ByteBudget;
  readonly batcher: Batcher<DeliveryRecord>;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly now: () => number;
  /** Told what could not be kept, and why. */
  readonly onTrouble: (error: unknown) => void;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly source: string;
  readonly receiver: string;
}

/**
 * `accepted` and `copy`: it is kept. `unreadable`: it never can be, and is set aside. `later`: whoever sent it is to try again.
 * Alertmanager tries again after 5xx alone; every other answer is final, 429 too.
 */
export type Answer =
  | { readonly outcome: "accepted" | "copy"; readonly status: 200 }
  | { readonly outcome: "unreadable"; readonly status: 400 | 413; readonly why: string }
  | { readonly outcome: "later"; readonly status: 503; readonly why: string };

/** Never rejects for anything that a body or the store can do. */
export async function receive({ request, source, receiver }: Call, needs: ReceiveNeeds): Promise<Answer> {
  using share = needs.budget.open();
  const body = await readBody(request, { limits: needs.limits, share });
  if (body.kind === "later") return later(body.why);
  const about = { source, receiver, receivedAt: needs.now() };
  if (body.kind !== "whole") return setAside(about, body.kind === "too-large" ? 413 : 400, body.why, body.sample, needs);
  const parsed = parseWebhook(body.text, about);
  if (parsed.kind === "unreadable") return setAside(about, 400, parsed.why, body.text, needs);
  if (parsed.kind === "nothing") return { outcome: "accepted", status: 200 };
  const record = deliveryRecord(parsed.delivery, request.socket.remoteAddress ?? "");
  const kept = await attempt(() => needs.batcher.add(record), needs);
  return "why" in kept ? later(kept.why) : { outcome: isCopy(kept.done) ? "copy" : "accepted", status: 200 };
}

/** Copies are known of a whole batch only: of a mixed one all count as accepted. */
function isCopy({ fresh }: Kept): boolean {
  return fresh === 0;
}

function later(why: string): Answer {
  return { outcome: "later", status: 503, why };
}

/** The first 2,000 characters are enough to see what it was. */
const sampleLength = 2000;
const longestReceiver = 500;

async function setAside(about: Arrived, status: 400 | 413, why: string, text: string, needs: ReceiveNeeds): Promise<Answer> {
  const letter = { at: about.receivedAt, source: about.source, receiver: about.receiver.slice(0, longestReceiver), why, sample: text.slice(0, sampleLength) };
  const kept = await attempt(() => needs.deadLetter(letter), needs);
  return "why" in kept ? later(kept.why) : { outcome: "unreadable", status, why };
}

interface Arrived {
  readonly source: string;
  readonly receiver: string;
  readonly receivedAt: number;
}

/** What `act` answers, or why not; a bug too is tried again, since an alert is worth more than a clean failure. */
async function attempt<Done>(act: () => Promise<Done>, { limits, onTrouble }: ReceiveNeeds): Promise<{ readonly done: Done } | { readonly why: string }> {
  const late = Promise.withResolvers<{ readonly why: string }>();
  const timer = setTimeout(() => late.resolve({ why: `it could not be kept within ${limits.keepMs / 1000} s` }), limits.keepMs);
  const acting = act().then(
    (done) => ({ done }),
    (error: unknown) => {
      onTrouble(error);
      return { why: wordsFor(error) };
    },
  );
  // Kept after all once we gave up on it, it comes again and is a copy.
  const outcome = await Promise.race([acting, late.promise]);
  clearTimeout(timer);
  return outcome;
}

function wordsFor(error: unknown): string {
  return error instanceof OpsroomError || error instanceof BatcherFull ? error.message : "it could not be kept";
}
