addEventListener("message", ({ data }) => setInterval(() => postMessage(null), data));
