// What is tried of a microphone before a browser is anybody's telephone: that it is there, and hears her.

const LOUD = 0.02; // of 1: a quiet voice at a hand's breadth
const LONG = 400; // milliseconds of it

let context = null;

/** Ask for the microphone. Answers {stream}, or {trouble}: denied, missing or failed. */
export async function microphone() {
  if (!navigator.mediaDevices) return { trouble: "failed" };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ audio: true }) };
  } catch (refused) {
    const known = { NotAllowedError: "denied", NotFoundError: "missing" };
    return { trouble: known[refused.name] ?? "failed" };
  }
}

/** Draw the level until a voice was heard for a moment, or `given.up` is set. Answers whether it was. */
export async function hears(stream, level, given) {
  context ??= new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let heard = 0;
  let before = performance.now();
  while (heard < LONG && !given.up) {
    await new Promise(requestAnimationFrame);
    analyser.getFloatTimeDomainData(samples);
    const loud = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
    const now = performance.now();
    if (loud > LOUD) heard += now - before;
    before = now;
    level.value = Math.min(1, loud * 5);
  }
  source.disconnect();
  for (const track of stream.getTracks()) track.stop();
  return !given.up;
}
