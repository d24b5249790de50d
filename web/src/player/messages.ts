/** What the page tells the viewer, and what it tells the graph about what the viewer saw. */
import type { Failed } from "../lib/graph.ts";
import { $, toast } from "../lib/page.ts";
import { forget, graph } from "./graph.ts";
import type { Card } from "./models.ts";

export const say = (message: string) => toast($("toast"), message);

const plain: Record<string, string> = { UNAUTHENTICATED: "Your sign-in has ended.", FORBIDDEN: "Choose who is watching." };
/** Ends a promise that nobody waits for. A token that is no longer accepted is forgotten, and ends what plays. */
export const attempt = (work: Promise<unknown>) =>
  work.catch((error: Failed) => {
    if (error.code === "UNAUTHENTICATED") (forget(), dispatchEvent(new Event("marquee:signedout")));
    say(plain[error.code ?? ""] ?? error.message);
  });

const [waiting, told]: [object[], Set<string>] = [[], new Set()];
export function record(action: string, { attribution, titleId }: Card): void {
  const key = [action, titleId, attribution].join();
  if (!attribution || told.has(key)) return;
  told.add(key);
  waiting.push({ attribution, titleId, action, at: new Date().toISOString() });
}
/** Sends what was recorded; a lost batch is no loss to the viewer. */
function flush(): void {
  const items = waiting.splice(0, 100);
  if (items.length) graph.ask("impressions", { items }, { keepalive: true }).then(flush, () => undefined);
}
setInterval(flush, 3000);
addEventListener("pagehide", flush);
