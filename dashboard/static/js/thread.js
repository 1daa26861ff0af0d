// The composer of a text thread: counts the reply and keeps it with the server until it is sent, so that it survives a
// reload, a crash and a sign-out.

import { postForm } from "./api.js";
import { segments } from "./segments.js";
import { say } from "./words.js";

const composer = document.getElementById("composer");
const text = document.getElementById("composer-text");
const counter = document.getElementById("composer-count");
const PAUSE = 500;
const AGAIN = 4000;
let timer = null;
let flying = null;
let unkept = false; // the server does not have what stands here
let lost = false; // it did not take it when asked last
let sent = false;

function show() {
  const { chars, parts } = segments(text.value);
  const words = say("segments", { chars, parts: text.value ? parts : 0 });
  counter.textContent = lost ? `${words} · ${say("unsaved")}` : words;
}

function keepSoon(delay) {
  clearTimeout(timer);
  timer = setTimeout(keep, delay);
}

async function keep() {
  const url = composer.dataset.draft;
  let final = false;
  if (!url || !unkept || flying || sent) return;
  unkept = false;
  flying = postForm(url, { text: text.value });
  try {
    await flying;
    lost = false;
  } catch (refused) {
    lost = unkept = true;
    // Signed out, or no longer hers: asking again changes nothing.
    final = refused.status >= 400 && refused.status < 500 && ![408, 423, 429].includes(refused.status);
  } finally {
    flying = null;
  }
  show();
  if (unkept && !final) keepSoon(lost ? AGAIN : 0);
}

function changed() {
  unkept = true;
  show();
  keepSoon(PAUSE);
}

if (composer) {
  text.addEventListener("input", changed);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (composer.hasAttribute("data-open")) composer.requestSubmit();
  });
  document.getElementById("composer-reply")?.addEventListener("change", (event) => {
    if (!event.target.value) return;
    text.value = event.target.value;
    event.target.value = "";
    text.focus();
    changed();
  });
  // A draft that arrived after its own reply would stand in the composer again.
  composer.addEventListener("submit", async (event) => {
    if (flying) {
      event.preventDefault();
      await flying.catch(() => undefined);
      composer.requestSubmit(event.submitter);
      return;
    }
    sent = true;
    clearTimeout(timer);
  });
  addEventListener("pageshow", () => { sent = false; });
  for (const leaving of ["koza:leaving", "visibilitychange"]) document.addEventListener(leaving, keep);
  addEventListener("beforeunload", keep);
  show();
}
