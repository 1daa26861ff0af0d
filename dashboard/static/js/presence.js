// "Am I receiving calls": the switch, and the heartbeat that keeps it true while this page is open.

import { post } from "./api.js";
import { attribute } from "./dom.js";
import { audible, test } from "./sound.js";
import { alarm, say } from "./words.js";

const BEAT = 10000;
const toggle = document.getElementById("presence");

function draw(ready, word = "", why = word) {
  attribute(toggle, "aria-checked", ready ? "true" : "false");
  attribute(toggle, "data-failed", Boolean(word));
  attribute(toggle, "title", why || null);
  toggle.querySelector("[data-word]").textContent = word || say(ready ? "ready" : "away");
}

async function tell(ready) {
  try {
    const answer = await post("/presence", { ready });
    if (!answer?.error) { draw(answer?.ready ?? ready); return; }
    // The server knows why she cannot be rung: it is said once, and stands there until she presses again.
    alarm(answer.error);
    draw(false, say("away.phone"), answer.error);
  } catch {
    if (!toggle.hasAttribute("data-failed")) alarm(say("presence.failed"));
    draw(ready, say("presence.failed"));
  }
}

const isReady = () => toggle.getAttribute("aria-checked") === "true";

if (toggle) {
  toggle.addEventListener("click", async (event) => {
    event.preventDefault();
    const ready = !isReady();
    // Nobody becomes ready without having heard the ring.
    if (ready && !audible()) await test();
    draw(ready);
    tell(ready);
  });
  setInterval(() => { if (isReady()) tell(true); }, BEAT);
  if (isReady()) tell(true);
}
