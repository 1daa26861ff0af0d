// "Am I receiving calls": the switch, and the heartbeat that keeps it true while this page is open.

import { post } from "./api.js";
import { attribute } from "./dom.js";
import { audible, test } from "./sound.js";
import { steadily } from "./steady.js";
import { alarm, say } from "./words.js";

const BEAT = 10000;
const toggle = document.getElementById("presence");
const tabs = new BroadcastChannel("koza-presence");

function draw(ready, word = "", why = word) {
  attribute(toggle, "aria-checked", ready ? "true" : "false");
  attribute(toggle, "data-failed", Boolean(word));
  attribute(toggle, "title", why || null);
  toggle.querySelector("[data-word]").textContent = word || say(ready ? "ready" : "away");
}

/** What the server said, in this tab and in her others: an old one would go on saying that she is ready. */
function settle(...drawn) {
  draw(...drawn);
  tabs.postMessage(drawn);
}

async function tell(ready) {
  try {
    const answer = await post("/presence", { ready });
    if (!answer?.error) { settle(answer?.ready ?? ready); return; }
    // The server knows why she cannot be rung: it is said once, and stands there until she presses again.
    alarm(answer.error);
    settle(false, say("away.phone"), answer.error);
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
  tabs.addEventListener("message", ({ data }) => draw(...data));
  // Beside the tab with her telephone the board may lie in the background for an hour.
  steadily(BEAT, () => { if (isReady()) tell(true); });
  if (isReady()) tell(true);
}
