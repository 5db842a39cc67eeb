// @ts-check
/** Keeps a phone's screen on while somebody waits. Where the browser cannot, the screen sleeps and the page is asleep, not gone. */

let wanted = false;
/** @type {WakeLockSentinel|null} */
let lock = null;

async function take() {
  if (!wanted || lock || document.hidden || !("wakeLock" in navigator)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", () => {
      lock = null;
    });
  } catch {
    lock = null; // low battery, or the page went away meanwhile
  }
}

document.addEventListener("visibilitychange", () => void take());

/** @param {boolean} on */
export function keepAwake(on) {
  wanted = on;
  if (on) void take();
  else void lock?.release();
}
