// @ts-check
/** Short tones, made in the browser. A page may sound only after the person has touched it once. */

/** @type {AudioContext|null} */
let context = null;

/** Call on any press or key: later tones then need none. */
export function unlock() {
  context ??= globalThis.AudioContext ? new AudioContext() : null;
  if (context?.state === "suspended") void context.resume().catch(() => undefined);
}

/** @param {number[]} notes Hz, one after the other @param {number} seconds each */
function play(notes, seconds) {
  unlock();
  if (!context) return;
  const start = context.currentTime + 0.02;
  notes.forEach((note, i) => {
    if (!context) return;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = note;
    const at = start + i * seconds;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds);
  });
}

/** "It is your turn": like a hall's chime. */
export function chime() {
  play([659.3, 523.3, 587.3, 392], 0.45);
}

/** A question or a message. */
export function ping() {
  play([784, 988], 0.2);
}

/** The speaker test. */
export function testTone() {
  play([523.3, 659.3, 784], 0.5);
}

/**
 * The loudness of a stream, 0 to 1, some fifteen times a second until stopped.
 * @param {MediaStream} stream @param {(level: number) => void} tell @returns {() => void} stops
 */
export function meter(stream, tell) {
  if (!globalThis.AudioContext || stream.getAudioTracks().length === 0) return () => undefined;
  const own = new AudioContext();
  void own.resume().catch(() => undefined);
  const analyser = own.createAnalyser();
  analyser.fftSize = 1024;
  own.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    tell(Math.min(1, Math.sqrt(power) * 4));
  }, 66);
  return () => {
    clearInterval(timer);
    void own.close().catch(() => undefined);
  };
}
