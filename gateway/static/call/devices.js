// @ts-check
/** Cameras, microphones and speakers of this browser: opening them, what went wrong, and which one was chosen. */

/**
 * `insecure`: no HTTPS; `unsupported`: this browser cannot; `denied`: not allowed by the person or the system;
 * `missing`: none there; `busy`: another application has it.
 * @typedef {"insecure"|"unsupported"|"denied"|"missing"|"busy"} Trouble
 * @typedef {{stream: MediaStream, trouble: {audio: Trouble|null, video: Trouble|null}}} Opened
 * @typedef {"audioinput"|"videoinput"|"audiooutput"} DeviceKind
 */

/** Enough for a face in a tile of four, little enough for a phone's uplink. */
const VIDEO = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Whether this browser can make a call at all. @returns {Trouble|null} */
export function impossible() {
  if (!globalThis.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.RTCPeerConnection) return "unsupported";
  return null;
}

/** The applications that open links in a browser of their own, where cameras often do not work. @returns {string|null} */
export function inAppBrowser(agent = navigator.userAgent) {
  const known = [
    [/\bLine\//i, "LINE"],
    [/Instagram/i, "Instagram"],
    [/FBAN|FBAV|FB_IAB/i, "Facebook"],
    [/\bTwitter/i, "X"],
    [/YJApp|Yahoo.*App/i, "Yahoo! JAPAN"],
    [/MicroMessenger/i, "WeChat"],
    [/KAKAOTALK/i, "KakaoTalk"],
    [/; wv\)/, "app"],
  ];
  for (const [pattern, name] of known) if (/** @type {RegExp} */ (pattern).test(agent)) return String(name);
  return null;
}

/** Which help for permissions fits. @returns {"ios"|"android"|"firefox"|"safari"|"edge"|"chrome"} */
export function browserFamily(agent = navigator.userAgent) {
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) return "ios";
  if (/Android/.test(agent)) return "android";
  if (/Firefox\//.test(agent)) return "firefox";
  if (/Edg\//.test(agent)) return "edge";
  return /Chrome\//.test(agent) ? "chrome" : "safari";
}

/** @param {unknown} error @returns {Trouble} */
function trouble(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return "busy";
}

/** @param {DeviceKind} kind @returns {string|null} the id that the person chose in this browser */
export function chosen(kind) {
  try {
    return localStorage.getItem(`genkan-device-${kind}`);
  } catch {
    return null;
  }
}

/** @param {DeviceKind} kind @param {string} id */
export function choose(kind, id) {
  try {
    localStorage.setItem(`genkan-device-${kind}`, id);
  } catch {
    // a browser that keeps nothing asks again the next time
  }
}

/** @param {"audio"|"video"} kind @returns {MediaTrackConstraints} */
function wish(kind) {
  const id = chosen(kind === "audio" ? "audioinput" : "videoinput");
  return { ...(kind === "audio" ? AUDIO : VIDEO), ...(id ? { deviceId: { ideal: id } } : {}) };
}

/** One kind of device. @param {"audio"|"video"} kind @returns {Promise<MediaStreamTrack>} @throws {DOMException} */
export async function openTrack(kind) {
  const stream = await navigator.mediaDevices.getUserMedia({ [kind]: wish(kind) });
  const track = stream.getTracks()[0];
  if (!track) throw new DOMException("no track", "NotFoundError");
  return track;
}

/**
 * Camera and microphone with one question where possible; what does not open is left out and named. Where no camera is
 * used, none is asked for.
 * @param {{camera: boolean}} [use] @returns {Promise<Opened>}
 */
export async function openDevices({ camera } = { camera: true }) {
  const not = impossible();
  if (not) return { stream: new MediaStream(), trouble: { audio: not, video: camera ? not : null } };
  if (!camera) return apart(["audio"]);
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wish("audio"), video: wish("video") });
    return { stream, trouble: { audio: null, video: null } };
  } catch {
    return apart(["audio", "video"]);
  }
}

/** @param {("audio"|"video")[]} kinds @returns {Promise<Opened>} */
async function apart(kinds) {
  const stream = new MediaStream();
  /** @type {Opened["trouble"]} */
  const found = { audio: null, video: null };
  for (const kind of kinds) {
    try {
      stream.addTrack(await openTrack(kind));
    } catch (error) {
      found[kind] = trouble(error);
    }
  }
  return { stream, trouble: found };
}

/** What there is to choose from; names are known only once a device was allowed. @returns {Promise<MediaDeviceInfo[]>} */
export async function deviceList() {
  return (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
}

/** Switch cameras and microphones off. @param {MediaStream|null|undefined} stream */
export function stopTracks(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
