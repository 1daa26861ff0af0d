// The composer of a text thread: counts the reply and keeps its draft with the server.

import { postForm } from "./api.js";
import { segments } from "./segments.js";
import { say } from "./words.js";

const composer = document.getElementById("composer");
const text = document.getElementById("composer-text");
const counter = document.getElementById("composer-count");
const DRAFT_PAUSE = 1200;
let timer = null;

function show() {
  const { chars, parts } = segments(text.value);
  counter.textContent = say("segments", { chars, parts: text.value ? parts : 0 });
}

function keep() {
  const url = composer.dataset.draft;
  if (!url) return;
  clearTimeout(timer);
  timer = setTimeout(() => postForm(url, { text: text.value }).catch(() => undefined), DRAFT_PAUSE);
}

if (composer) {
  text.addEventListener("input", () => { show(); keep(); });
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
    show();
    keep();
  });
  show();
}
