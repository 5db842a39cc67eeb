// @ts-check
/**
 * The built-in room, seen from a browser: one peer connection to the media worker, with one's own audio and video and
 * a fixed number of slots for the others. Who sits in which slot is told by the gateway's live channel, not here.
 *
 * This module never touches the DOM and keeps no media: it hands out MediaStreams and forgets them.
 *
 * It recovers by itself: a broken path gets an ICE restart, a lost session a whole new offer, both with a growing
 * pause. It stops, and says so, when another device took over (`replaced`), when the person was let out (`removed`),
 * or when the person left (`ended`).
 */

/**
 * @typedef {"idle"|"connecting"|"connected"|"interrupted"|"replaced"|"removed"|"ended"} CallState
 * @typedef {{token: string, call?: string, ice_servers?: RTCIceServer[]}} CallTicket
 * @typedef {{peer: string, sdp: string, slots: number}} CallAnswer
 *
 * How the page reaches the gateway. A refusal rejects with an error that has `status` (HTTP) and `code` (stable).
 * @typedef {object} Signal
 * @property {() => Promise<CallTicket>} ticket
 * @property {(token: string, sdp: string) => Promise<CallAnswer>} offer
 * @property {(peer: string, token: string, sdp: string) => Promise<{sdp: string}>} restart
 * @property {(peer: string) => Promise<unknown>} leave
 *
 * @typedef {{slot: number, audio: boolean, video: boolean}} SlotLife
 * @typedef {{audioBytes: number, videoBytes: number, framesDecoded: number, packetsLost: number, width: number}} SlotStats
 * @typedef {object} CallStats
 * @property {CallState} state
 * @property {number|null} rtt milliseconds
 * @property {{audioBytes: number, videoBytes: number, framesEncoded: number}} sent
 * @property {SlotStats[]} slots
 */

/** Pauses before the next try, in ms; the last one repeats. Half of each is random, so that a hall does not return as one. */
const PAUSES = [0, 500, 1000, 2000, 4000, 8000];
/** A short break mends itself: Chromium says `disconnected` after about 5 s without an answer. */
const GRACE = 700;
/** An ICE restart that has not connected by then (ms) is given up for a whole new offer. */
const PATIENCE = 6000;
/** A timer that is later than this (ms) means that the page or the machine slept. */
const SLEPT = 4000;
const TICK = 1000;
/** A slot that received nothing for so long (ms) is silent, or dark; a stutter is neither. */
const QUIET = 3000;

const REPLACED = new Set(["token_old_device", "peer_replaced", "fenced", "taken_over"]);
const REMOVED = new Set(["token_removed", "peer_removed", "not_admitted"]);
/** 409s that a fresh ticket or a moment's wait resolves. */
const PASSING = new Set(["token_old_generation", "call_full", "token_replayed"]);
const OVER = new Set(["replaced", "removed", "ended"]);

/**
 * Whether a refusal is final.
 * @param {unknown} error
 * @param {boolean} fromTicket the gateway itself refused a ticket
 * @returns {"replaced"|"removed"|null}
 */
function verdict(error, fromTicket) {
  const { status, code } = /** @type {{status?: number, code?: string}} */ (Object(error));
  if (code !== undefined && REPLACED.has(code)) return "replaced";
  if (code !== undefined && REMOVED.has(code)) return "removed";
  if (status === 409 && !(code !== undefined && PASSING.has(code))) return "replaced";
  if (fromTicket && (status === 403 || status === 404 || status === 410)) return "removed";
  return null;
}

/** @param {number} attempt @returns {number} */
function pause(attempt) {
  const full = PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 8000;
  return full / 2 + (Math.random() * full) / 2;
}

/**
 * One's own two senders, then `slots` pairs to receive. Senders exist even without a device, so that a camera plugged
 * in later needs no new offer.
 * @param {RTCPeerConnection} pc
 * @param {{audio: MediaStreamTrack|null, video: MediaStreamTrack|null}} tracks
 * @param {number} slots
 */
function layOut(pc, tracks, slots) {
  const own = new MediaStream();
  const send = { direction: /** @type {const} */ ("sendonly"), streams: [own] };
  const audio = pc.addTransceiver(tracks.audio ?? "audio", send).sender;
  const video = pc.addTransceiver(tracks.video ?? "video", send).sender;
  /** @type {RTCRtpReceiver[][]} */
  const receivers = [];
  for (let i = 0; i < slots; i += 1) {
    receivers.push([
      pc.addTransceiver("audio", { direction: "recvonly" }).receiver,
      pc.addTransceiver("video", { direction: "recvonly" }).receiver,
    ]);
  }
  return { senders: { audio, video }, receivers };
}

/** A slot that nothing has come from. */
function unheard() {
  const nothing = { bytes: 0, at: -Infinity };
  return { audio: nothing, video: nothing };
}

/** @param {RTCPeerConnection} pc @returns {string} */
function localSdp(pc) {
  const sdp = pc.localDescription?.sdp;
  if (!sdp) throw new Error("no local description");
  return sdp;
}

/**
 * A call. Events: `state` (`event.detail.state`, `event.detail.previous`), `slotchange` (`event.detail`: SlotLife; the
 * slot began or stopped to receive audio or video).
 */
export class Call extends EventTarget {
  /** @type {Signal} */ #signal;
  /** @type {number} */ #slots;
  /** @type {CallState} */ #state = "idle";
  /** @type {RTCPeerConnection|null} */ #pc = null;
  /** @type {string|null} */ #peer = null;
  /** @type {{audio: MediaStreamTrack|null, video: MediaStreamTrack|null}} */ #tracks = { audio: null, video: null };
  #wanted = { audio: true, video: true };
  /** @type {{audio: RTCRtpSender, video: RTCRtpSender}|null} */ #senders = null;
  /** @type {MediaStream[]} */ #streams = [];
  /** @type {SlotLife[]} */ #life = [];
  /** @type {Record<"audio"|"video", {bytes: number, at: number}>[]} */ #heard = [];
  #attempt = 0;
  #busy = false;
  /** @type {"restart"|"offer"|null} */ #next = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #ticker;
  #ticked = 0;
  #woken = () => this.resumed();

  /** @param {{signal: Signal, slots?: number}} options */
  constructor({ signal, slots = 3 }) {
    super();
    this.#signal = signal;
    this.#slots = slots;
    for (let slot = 0; slot < slots; slot += 1) {
      this.#streams.push(new MediaStream());
      this.#life.push({ slot, audio: false, video: false });
      this.#heard.push(unheard());
    }
  }

  get state() { return this.#state; }
  get slots() { return this.#slots; }
  get microphone() { return this.#wanted.audio; }
  get camera() { return this.#wanted.video; }

  /** The stream of slot `i`: the same object for the whole call, whoever sits there. @param {number} i */
  slotStream(i) {
    const stream = this.#streams[i];
    if (!stream) throw new RangeError(`no slot ${i}`);
    return stream;
  }

  /**
   * Enter. Resolves when the first offer was answered, or the call ended; later breaks are told by `state`.
   * @param {MediaStream} localStream may lack audio, video or both
   */
  async join(localStream) {
    if (this.#state !== "idle") throw new Error("a call is joined once");
    this.#tracks = {
      audio: localStream.getAudioTracks()[0] ?? null,
      video: localStream.getVideoTracks()[0] ?? null,
    };
    this.#enter("connecting");
    this.#ticked = performance.now();
    this.#ticker = setInterval(() => void this.#tick(), TICK);
    globalThis.addEventListener?.("online", this.#woken);
    globalThis.addEventListener?.("pageshow", this.#woken);
    await this.#recover("offer");
  }

  /** Leave for good: the worker is told, the connection closes, the tracks stay the caller's. */
  async leave() {
    if (OVER.has(this.#state)) return;
    const peer = this.#peer;
    this.#stop("ended");
    if (peer) await this.#signal.leave(peer).catch(() => undefined);
  }

  /** @param {boolean} on */
  async setMicrophone(on) { await this.#toggle("audio", on); }

  /** @param {boolean} on */
  async setCamera(on) { await this.#toggle("video", on); }

  /**
   * Use another device. The old track is left to the caller to stop.
   * @param {"audio"|"video"} kind
   * @param {MediaStreamTrack|null} track
   */
  async replaceDevice(kind, track) {
    this.#tracks[kind] = track;
    await this.#toggle(kind, this.#wanted[kind]);
  }

  /** The page woke up, or the network changed: look, and mend what is broken. */
  resumed() {
    if (this.#state === "idle" || OVER.has(this.#state)) return;
    if (this.#pc?.connectionState === "connected" && this.#state === "connected") return;
    this.#attempt = 0;
    this.#plan(this.#peer ? "restart" : "offer", 0);
  }

  /** @returns {Promise<CallStats>} */
  async stats() {
    const report = await this.#pc?.getStats();
    return summarise(this.#state, report, this.#mids());
  }

  /** @param {"audio"|"video"} kind @param {boolean} on */
  async #toggle(kind, on) {
    this.#wanted[kind] = on;
    const track = this.#tracks[kind];
    if (track) track.enabled = on;
    await this.#senders?.[kind].replaceTrack(on ? track : null);
  }

  /** @param {CallState} state */
  #enter(state) {
    const previous = this.#state;
    if (previous === state || OVER.has(previous)) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, previous } }));
  }

  /** @param {"replaced"|"removed"|"ended"} state */
  #stop(state) {
    clearTimeout(this.#timer);
    clearInterval(this.#ticker);
    globalThis.removeEventListener?.("online", this.#woken);
    globalThis.removeEventListener?.("pageshow", this.#woken);
    this.#drop();
    this.#enter(state);
  }

  #drop() {
    const pc = this.#pc;
    this.#pc = null;
    this.#peer = null;
    this.#senders = null;
    pc?.close();
    this.#streams.forEach((stream, slot) => {
      for (const track of stream.getTracks()) stream.removeTrack(track);
      this.#heard[slot] = unheard();
      this.#tell({ slot, audio: false, video: false });
    });
  }

  /** @param {"restart"|"offer"} how @param {number} delay ms */
  #plan(how, delay) {
    if (OVER.has(this.#state)) return;
    if (this.#busy) {
      this.#next = how;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#recover(how), delay);
  }

  /** @param {"restart"|"offer"} how */
  async #recover(how) {
    if (this.#busy || OVER.has(this.#state)) return;
    this.#busy = true;
    this.#next = null;
    clearTimeout(this.#timer);
    let next = how;
    let failed = false;
    try {
      if (how === "restart" && this.#pc && this.#peer) await this.#restart(this.#pc, this.#peer);
      else await this.#offer();
    } catch (error) {
      failed = true;
      next = this.#after(error, how);
    } finally {
      this.#busy = false;
    }
    if (OVER.has(this.#state)) return;
    this.#attempt += 1;
    const pc = this.#pc;
    if (failed) this.#plan(next, pause(this.#attempt));
    else if (pc?.connectionState === "connected") this.#changed(pc); // it may have mended while we were busy
    else if (this.#next) this.#plan(this.#next, pause(this.#attempt));
    else this.#plan("offer", PATIENCE + pause(this.#attempt));
  }

  /**
   * What follows a failure.
   * @param {unknown} error @param {"restart"|"offer"} how @returns {"restart"|"offer"}
   */
  #after(error, how) {
    const { step, status, cause } = /** @type {{step?: string, status?: number, cause?: unknown}} */ (Object(error));
    const final = verdict(step ? cause : error, step === "ticket");
    if (final) this.#stop(final);
    else this.#enter(this.#state === "connecting" ? "connecting" : "interrupted");
    const refused = (step ? Object(cause).status : status) !== undefined;
    return how === "restart" && !refused && this.#attempt < 3 ? "restart" : "offer";
  }

  /** @returns {Promise<CallTicket>} */
  async #ticket() {
    try {
      return await this.#signal.ticket();
    } catch (cause) {
      throw Object.assign(new Error("no ticket", { cause }), { step: "ticket" });
    }
  }

  async #offer() {
    const ticket = await this.#ticket();
    this.#drop();
    const pc = new RTCPeerConnection({ iceServers: ticket.ice_servers ?? [], bundlePolicy: "max-bundle" });
    this.#pc = pc;
    const { senders, receivers } = layOut(pc, this.#sending(), this.#slots);
    this.#senders = senders;
    receivers.forEach((pair, i) => pair.forEach((receiver) => this.slotStream(i).addTrack(receiver.track)));
    pc.addEventListener("connectionstatechange", () => this.#changed(pc));
    await pc.setLocalDescription();
    senders.audio.transport?.addEventListener("statechange", () => this.#changed(pc));
    const answer = await this.#signal.offer(ticket.token, localSdp(pc));
    if (this.#pc !== pc) {
      await this.#signal.leave(answer.peer).catch(() => undefined);
      return;
    }
    this.#peer = answer.peer;
    await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    senders.audio.transport?.addEventListener("statechange", () => this.#changed(pc));
  }

  /** @param {RTCPeerConnection} pc @param {string} peer */
  async #restart(pc, peer) {
    const ticket = await this.#ticket();
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
    try {
      const answer = await this.#signal.restart(peer, ticket.token, localSdp(pc));
      if (this.#pc === pc) await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch (error) {
      if (this.#pc === pc) await pc.setLocalDescription({ type: "rollback" });
      throw error;
    }
  }

  #sending() {
    return {
      audio: this.#wanted.audio ? this.#tracks.audio : null,
      video: this.#wanted.video ? this.#tracks.video : null,
    };
  }

  /** @param {RTCPeerConnection} pc */
  #changed(pc) {
    if (pc !== this.#pc || OVER.has(this.#state)) return;
    const dtls = this.#senders?.audio.transport?.state;
    if (dtls === "closed" || dtls === "failed") {
      // The worker ended this session; the restart learns whether for good.
      this.#enter("interrupted");
      this.#plan("restart", 0);
    } else if (pc.connectionState === "connected") {
      clearTimeout(this.#timer);
      this.#attempt = 0;
      this.#next = null;
      this.#enter("connected");
    } else if (pc.connectionState === "failed") {
      this.#enter("interrupted");
      this.#plan("offer", pause(this.#attempt));
    } else if (pc.connectionState === "disconnected") {
      this.#enter("interrupted");
      this.#plan("restart", GRACE);
    }
  }

  async #tick() {
    const now = performance.now();
    const slept = now - this.#ticked > TICK + SLEPT;
    this.#ticked = now;
    if (slept) this.resumed();
    const pc = this.#pc;
    if (!pc || this.#state !== "connected") return;
    const { slots } = summarise(this.#state, await pc.getStats(), this.#mids());
    if (pc !== this.#pc) return;
    slots.forEach((slot, i) => this.#notice(i, slot));
  }

  /** @param {number} slot @param {SlotStats} stats */
  #notice(slot, stats) {
    const heard = (this.#heard[slot] ??= unheard());
    const now = performance.now();
    const lives = (/** @type {"audio"|"video"} */ kind, /** @type {number} */ bytes) => {
      if (bytes > heard[kind].bytes) heard[kind] = { bytes, at: now };
      return now - heard[kind].at < QUIET;
    };
    this.#tell({ slot, audio: lives("audio", stats.audioBytes), video: lives("video", stats.videoBytes) });
  }

  /** @param {SlotLife} life */
  #tell(life) {
    const before = this.#life[life.slot];
    if (before && before.audio === life.audio && before.video === life.video) return;
    this.#life[life.slot] = life;
    this.dispatchEvent(new CustomEvent("slotchange", { detail: life }));
  }

  /** The mids of the slots, audio then video, in order. */
  #mids() {
    return (this.#pc?.getTransceivers() ?? []).slice(2).map((transceiver) => transceiver.mid ?? "");
  }
}

/**
 * @param {CallState} state @param {RTCStatsReport|undefined} report @param {string[]} mids
 * @returns {CallStats}
 */
function summarise(state, report, mids) {
  const empty = () => ({ audioBytes: 0, videoBytes: 0, framesDecoded: 0, packetsLost: 0, width: 0 });
  const slots = Array.from({ length: Math.floor(mids.length / 2) }, empty);
  const sent = { audioBytes: 0, videoBytes: 0, framesEncoded: 0 };
  /** @type {number|null} */
  let rtt = null;
  report?.forEach((entry) => {
    if (entry.type === "inbound-rtp") {
      const slot = slots[Math.floor(mids.indexOf(entry.mid) / 2)];
      if (slot) addInbound(slot, entry);
    } else if (entry.type === "outbound-rtp") {
      sent[entry.kind === "audio" ? "audioBytes" : "videoBytes"] += entry.bytesSent ?? 0;
      sent.framesEncoded += entry.framesEncoded ?? 0;
    } else if (entry.type === "candidate-pair" && entry.nominated && entry.currentRoundTripTime !== undefined) {
      rtt = entry.currentRoundTripTime * 1000;
    }
  });
  return { state, rtt, sent, slots };
}

/** @param {SlotStats} slot @param {any} entry an RTCInboundRtpStreamStats */
function addInbound(slot, entry) {
  slot[entry.kind === "audio" ? "audioBytes" : "videoBytes"] += entry.bytesReceived ?? 0;
  slot.packetsLost += entry.packetsLost ?? 0;
  slot.framesDecoded += entry.framesDecoded ?? 0;
  slot.width = Math.max(slot.width, entry.frameWidth ?? 0);
}

/**
 * The connection test: one's own sound and picture go to the worker and come back.
 * @typedef {object} EchoResult
 * @property {boolean} connected
 * @property {number|null} rtt milliseconds
 * @property {number|null} loss 0 to 1, of what came back; null when nothing came
 * @property {number} bytesSent
 * @property {number} bytesBack
 * @property {number} framesBack
 *
 * @param {object} options
 * @param {Pick<Signal, "ticket"|"offer"|"leave">} options.signal
 * @param {MediaStream} options.stream
 * @param {number} [options.seconds] how long to watch after connecting (the worker ends an echo after 60 s)
 * @param {number} [options.patience] seconds to wait for the connection
 * @param {(back: MediaStream) => void} [options.onstream] the stream that comes back, to show it
 * @returns {Promise<EchoResult>}
 */
export async function echo({ signal, stream, seconds = 6, patience = 10, onstream }) {
  const ticket = await signal.ticket();
  const pc = new RTCPeerConnection({ iceServers: ticket.ice_servers ?? [], bundlePolicy: "max-bundle" });
  /** @type {string|null} */
  let peer = null;
  try {
    const tracks = { audio: stream.getAudioTracks()[0] ?? null, video: stream.getVideoTracks()[0] ?? null };
    const { receivers } = layOut(pc, tracks, 1);
    onstream?.(new MediaStream(receivers.flat().map((receiver) => receiver.track)));
    await pc.setLocalDescription();
    const answer = await signal.offer(ticket.token, localSdp(pc));
    peer = answer.peer;
    await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    const connected = await reaches(pc, patience * 1000);
    if (connected) await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return await measure(pc, connected);
  } finally {
    pc.close();
    if (peer) await signal.leave(peer).catch(() => undefined);
  }
}

/** @param {RTCPeerConnection} pc @param {number} limit ms @returns {Promise<boolean>} */
function reaches(pc, limit) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limit);
    const look = () => {
      if (pc.connectionState !== "connected" && pc.connectionState !== "failed") return;
      clearTimeout(timer);
      resolve(pc.connectionState === "connected");
    };
    pc.addEventListener("connectionstatechange", look);
    look();
  });
}

/** @param {RTCPeerConnection} pc @param {boolean} connected @returns {Promise<EchoResult>} */
async function measure(pc, connected) {
  const report = await pc.getStats();
  const mids = pc.getTransceivers().slice(2).map((transceiver) => transceiver.mid ?? "");
  const { rtt, sent, slots } = summarise(connected ? "connected" : "interrupted", report, mids);
  let received = 0;
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") received += entry.packetsReceived ?? 0;
  });
  const back = slots[0] ?? { audioBytes: 0, videoBytes: 0, framesDecoded: 0, packetsLost: 0, width: 0 };
  const lost = Math.max(0, back.packetsLost);
  return {
    connected,
    rtt,
    loss: received + lost > 0 ? lost / (received + lost) : null,
    bytesSent: sent.audioBytes + sent.videoBytes,
    bytesBack: back.audioBytes + back.videoBytes,
    framesBack: back.framesDecoded,
  };
}
