// The browser's telephone at the practice exchange: rung by looking twice a second. What would be heard is read.

import { steadily } from "./steady.js";

const LOOK = 500;

/** As `twilioDevice` of phone-twilio.js; `on.heard(words)` besides, for what the exchange lets this telephone hear. */
export function practiceDevice(on, url) {
  const calls = new Map();
  let token = "";
  let seen = null;
  let stop = null;
  let busy = false;

  async function ask(command, given = {}) {
    const response = await fetch(`${url}/client/${command}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    if (!response.ok) throw new Error(`practice ${response.status}`);
    return response.json();
  }

  function handle(sid) {
    let silent = false;
    return {
      sid,
      accept: () => ask("answer", { sid }),
      refuse: () => ask("decline", { sid }),
      hangUp: () => ask("hang-up", { sid }),
      mute: (off) => { silent = off; },
      digits: (digits) => ask("press", { sid, digits }),
      say: (words) => (silent ? null : ask("say", { sid, words })),
      onEnd: () => {},
    };
  }

  function take(told) {
    const open = new Set(told.calls);
    for (const [sid, call] of calls) if (!open.has(sid)) { calls.delete(sid); call.onEnd(); }
    for (const sid of told.calls) {
      if (calls.has(sid)) continue;
      calls.set(sid, handle(sid));
      on.ring(calls.get(sid));
    }
    if (seen !== null) for (const words of told.heard) on.heard(words);
    seen = told.next;
  }

  async function look() {
    if (busy) return;
    busy = true;
    try {
      take(await ask("look", { since: seen ?? 0 }));
      on.registered(true);
    } catch {
      on.registered(false);
    } finally {
      busy = false;
    }
  }

  return {
    async register(first) {
      token = first;
      stop = steadily(LOOK, look);
      await look();
    },
    renew: (fresh) => { token = fresh; },
    close: () => stop?.(),
  };
}
