// Sounds without files: two tones for a ring, a rising three for danger. Every sound has a visual twin elsewhere.

let context = null;
let ringing = null;
const button = document.getElementById("sound");

function tone(frequency, start, length, loud) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  const from = context.currentTime + start;
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(loud, from + 0.02);
  gain.gain.setValueAtTime(loud, from + length - 0.05);
  gain.gain.linearRampToValueAtTime(0, from + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(from);
  oscillator.stop(from + length);
}

const TUNES = {
  ring: () => { tone(660, 0, 0.28, 0.16); tone(528, 0.32, 0.36, 0.16); },
  danger: () => { tone(740, 0, 0.16, 0.26); tone(932, 0.2, 0.16, 0.26); tone(1175, 0.4, 0.3, 0.26); },
  page: () => { tone(587, 0, 0.2, 0.14); },
  done: () => { tone(523, 0, 0.1, 0.08); tone(659, 0.11, 0.14, 0.08); },
};

/** Whether the browser lets us sound: it wants one press of the person first. */
export function audible() {
  return context?.state === "running";
}

/** Called from a press: opens the sound and plays the ring once, so that the person has heard it. */
export async function test(name = "ring") {
  context ??= new AudioContext();
  await context.resume();
  TUNES[name]();
  if (button) button.dataset.tested = "";
}

/** Play once, if the browser lets us. */
export function play(name) {
  if (audible()) TUNES[name]();
}

/** Ring until `quiet()`: "ring", or "danger" for level 1. */
export function ring(name) {
  if (ringing?.name === name) return;
  quiet();
  play(name);
  ringing = { name, timer: setInterval(() => play(name), name === "danger" ? 1600 : 2600) };
}

/** Stop ringing. */
export function quiet() {
  clearInterval(ringing?.timer);
  ringing = null;
}

button?.addEventListener("click", () => test());
// A page opened by a press may sound at once in most browsers; where it may not, the button stays.
try {
  context = new AudioContext();
  if (context.state === "running" && button) button.dataset.tested = "";
} catch {
  context = null;
}
