// The words of the screen, in the reader's language: the page carries them once, in a meta element.

const source = document.querySelector('meta[name="words"]');
const words = source ? JSON.parse(source.content) : {};

/** The word for a key, with {places} filled. An unknown key gives `otherwise`, or its own last part. */
export function say(key, values = {}, otherwise = key.slice(key.lastIndexOf(".") + 1)) {
  const text = words[key] ?? otherwise;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const polite = document.getElementById("say");
const assertive = document.getElementById("say-now");

/** Tell a screen reader when it has time. */
export function announce(text) {
  if (polite) polite.textContent = text;
}

/** Tell a screen reader at once: danger, and what rings for this person. */
export function alarm(text) {
  if (assertive) assertive.textContent = text;
}
