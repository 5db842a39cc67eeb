// @ts-check
/**
 * The sounds of the console, made by WebAudio: no file to load, nothing kept. Browsers stay silent until the page was
 * clicked once, so `enable` is called by a button that says so.
 */

/** Two wooden taps; three higher pairs when it is urgent. [start s, hertz, length s] */
const SCORES = {
  knock: [[0, 523, 0.16], [0.22, 659, 0.22]],
  urgent: [[0, 784, 0.12], [0.16, 988, 0.14], [0.42, 784, 0.12], [0.58, 988, 0.14], [0.84, 784, 0.12], [1.0, 988, 0.2]],
};
const LOUD = 0.35;
/** While somebody is being interviewed: the panel hears it, the microphone hardly. */
const QUIET = 0.08;

export class Sounds {
  /** @type {AudioContext|null} */ #context = null;
  #on = false;

  /** Whether a sound would be heard now. */
  get enabled() { return this.#on && this.#context?.state === "running"; }

  /** By a click. */
  async enable() {
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.#on = true;
    this.play("knock");
  }

  disable() { this.#on = false; }

  /** @param {"knock"|"urgent"} name @param {boolean} [quietly] */
  play(name, quietly = false) {
    const context = this.#context;
    if (!context || !this.enabled) return;
    for (const [start = 0, hertz = 0, length = 0] of SCORES[name]) {
      tone(context, context.currentTime + start, hertz, length, quietly ? QUIET : LOUD);
    }
  }
}

/** A soft tap: quick rise, slow fall, no click. @param {AudioContext} context @param {number} at @param {number} hertz @param {number} length @param {number} loudness */
function tone(context, at, hertz, length, loudness) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "triangle";
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(loudness, at + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.02);
}
