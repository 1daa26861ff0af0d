// "Am I receiving calls": the switch, and the heartbeat that keeps it true while this page is open.

import { post } from "./api.js";
import { attribute } from "./dom.js";
import { audible, test } from "./sound.js";
import { alarm, say } from "./words.js";

const BEAT = 10000;
const toggle = document.getElementById("presence");

function draw(ready, failed = false) {
  attribute(toggle, "aria-checked", ready ? "true" : "false");
  attribute(toggle, "data-failed", failed);
  attribute(toggle, "title", failed ? say("presence.failed") : null);
  toggle.querySelector("[data-word]").textContent = failed ? say("presence.failed") : say(ready ? "ready" : "away");
}

async function tell(ready) {
  try {
    const answer = await post("/presence", { ready });
    draw(answer?.ready ?? ready);
  } catch {
    if (!toggle.hasAttribute("data-failed")) alarm(say("presence.failed"));
    draw(ready, true);
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
