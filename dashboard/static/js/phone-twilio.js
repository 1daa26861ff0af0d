// The carrier's own library behind the few verbs that our page knows. Its sounds are ours: by itself it would fetch them
// from another host. It writes nothing to the console, where its messages hold addresses and tokens.

const LIBRARY = "/static/vendor/twilio/twilio.min.js";
const SILENCE = "/static/sounds/silence.wav";
const NAMES = [..."0123456789hs"].map((key) => `dtmf${key}`).concat("incoming", "outgoing", "disconnect");
const OPTIONS = {
  allowIncomingWhileBusy: false,
  closeProtection: true,
  codecPreferences: ["opus", "pcmu"],
  enableImprovedSignalingErrorPrecision: true,
  logLevel: "silent",
  maxCallSignalingTimeoutMs: 30000,
  sounds: Object.fromEntries(NAMES.map((name) => [name, SILENCE])),
};

function load() {
  return new Promise((done, failed) => {
    if (window.Twilio) { done(); return; }
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
}

function handle(call) {
  const made = {
    sid: call.parameters.CallSid,
    accept: () => call.accept(),
    refuse: () => call.reject(),
    hangUp: () => call.disconnect(),
    mute: (off) => call.mute(off),
    digits: (digits) => call.sendDigits(digits),
    onEnd: () => {},
  };
  for (const event of ["disconnect", "cancel", "reject", "error"]) call.on(event, () => made.onEnd());
  return made;
}

/**
 * A telephone: `register(token)`, `renew(token)` between two calls, `close()`. It tells `on.registered(whether)` and
 * `on.ring(call)`; a call has sid, accept, refuse, hangUp, mute, digits, and `onEnd` to be set.
 */
export function twilioDevice(on) {
  let device = null;
  return {
    async register(token) {
      await load();
      device = new window.Twilio.Device(token, OPTIONS);
      device.on("registered", () => on.registered(true));
      device.on("unregistered", () => on.registered(false));
      device.on("error", () => on.registered(device.state === "registered"));
      device.on("incoming", (call) => on.ring(handle(call)));
      await device.register();
      for (const sound of ["incoming", "outgoing", "disconnect"]) device.audio?.[sound](false);
    },
    renew: (token) => {
      device?.updateToken(token);
      if (device?.state === "unregistered") device.register().catch(() => undefined);
    },
    close: () => device?.destroy(),
  };
}
