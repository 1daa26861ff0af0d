// A clock that goes on while its page lies in the background. Browsers slow the timers of hidden pages down to one a
// minute, and a telephone's tab mostly is hidden; those of a worker they leave alone.

/** Call `act` every so many milliseconds; returns how to stop. */
export function steadily(milliseconds, act) {
  const worker = new Worker("/static/js/steady-worker.js");
  worker.addEventListener("message", act);
  worker.postMessage(milliseconds);
  return () => worker.terminate();
}
