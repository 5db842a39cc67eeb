// @ts-check
/**
 * `<genkan-call>`: the built-in room on a page. Candidate, companion, panel and "video on another device" use the same.
 *
 * Properties: `map` (who sits in which slot, from the view's `call.slots`; null until it has come: no tile is shown),
 * `nameOf` (a slot's name on its tile; by default its role). Attributes: `slots` (others at most, 3), `no-leave`
 * (no leave button). Methods: `start(signal)`, `leave()`, `stats()`. Events (bubbling): `call-state`
 * `{state}`, `call-left` (the person pressed leave).
 *
 * Sound and picture go to the elements and nowhere else: nothing is recorded.
 */

import { html, render, actions } from "../html.js";
import { t } from "../i18n.js";
import { Call } from "../media/call.js";
import { announce } from "../shell.js";
import { choose, chosen, deviceList, openDevices, openTrack, stopTracks } from "./devices.js";

/** @typedef {import("../media/call.js").Signal} Signal */
/** @typedef {import("../media/call.js").CallState} CallState */
/** @typedef {{slot: number, role: string, label?: string|null}} Seat */

const SHORTCUTS = /** @type {const} */ ({ KeyA: "audio", KeyV: "video" });
/** States that end a call here; another `start` makes a new one. */
const OVER = new Set(["replaced", "removed", "ended"]);

/** @type {Record<"audio"|"video", import("../html.js").Markup>} */
const ICONS = {
  audio: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3Zm5-3a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.9V22h2v-3.1A7 7 0 0 0 19 12Z" /><path class="slash" d="M4 3 21 20" /></svg>`,
  video: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 6h12v12H3zM17 10l5-3v10l-5-3z" /><path class="slash" d="M3 3 21 21" /></svg>`,
};

export class GenkanCall extends HTMLElement {
  /** @type {Call|null} */ #call = null;
  /** @type {Signal|null} */ #signal = null;
  /** @type {MediaStream|null} */ #stream = null;
  /** @type {import("./devices.js").Opened["trouble"]} */ #trouble = { audio: null, video: null };
  /** @type {Seat[]|null} */ #map = null;
  /** @type {Map<number, {audio: boolean, video: boolean}>} */ #life = new Map();
  /** @type {MediaDeviceInfo[]} */ #devices = [];
  /** @type {AbortController|null} */ #listening = null;
  /** @type {"idle"|"opening"|CallState} */ #state = "idle";
  #wanted = { audio: true, video: true };
  #choosing = false;
  #blocked = false;
  /** @type {() => void} */ #forget = () => undefined;

  /** The name on a tile. @type {(seat: Seat) => string} */
  nameOf = (seat) => t(`call.role.${seat.role}`, { label: seat.label ?? "" });

  get state() { return this.#state; }
  /** @returns {Seat[]|null} */
  get map() { return this.#map; }
  set map(map) {
    this.#map = map;
    this.#draw();
  }

  /** Whether a camera is used at all: an office may want sound only (attribute `sound-only`). */
  get #camera() { return !this.hasAttribute("sound-only"); }

  /** Own camera and microphone, while open. */
  get stream() { return this.#stream; }

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#forget = actions(this, {
      audio: () => this.toggle("audio"),
      video: () => this.toggle("video"),
      devices: () => this.#chooseDevices(),
      leave: () => this.#pressedLeave(),
      here: () => this.#signal && this.start(this.#signal),
      play: () => this.#play(),
      pick: (element) => this.#pick(/** @type {HTMLSelectElement} */ (element)),
    });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#listDevices(), { signal });
    this.#draw();
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#forget();
    queueMicrotask(() => {
      if (!this.isConnected) void this.leave();
    });
  }

  /**
   * Open the devices and enter; again after `replaced`, `removed` or `ended` to come back.
   * @param {Signal} signal how to reach the gateway (`Session.signal()`)
   */
  async start(signal) {
    if (this.#call && !OVER.has(this.#call.state)) return;
    this.#signal = signal;
    this.#enter("opening");
    const { stream, trouble } = await openDevices({ camera: this.#camera });
    if (!this.isConnected) {
      stopTracks(stream);
      return;
    }
    this.#use(stream);
    this.#trouble = trouble;
    const call = new Call({ signal, slots: Number(this.getAttribute("slots") ?? 3) });
    this.#call = call;
    this.#life.clear();
    call.addEventListener("state", () => call === this.#call && this.#enter(call.state));
    call.addEventListener("slotchange", (event) => this.#slot(/** @type {CustomEvent} */ (event).detail));
    for (const kind of /** @type {const} */ (["audio", "video"])) await this.#apply(kind);
    void this.#listDevices();
    await call.join(stream);
  }

  /** Leave and switch the devices off. */
  async leave() {
    const call = this.#call;
    this.#call = null;
    stopTracks(this.#stream);
    this.#stream = null;
    if (call) {
      await call.leave();
      this.#enter("ended");
    }
  }

  /** Numbers of the connection, for tests and for staff who look into a bad line. */
  async stats() {
    return this.#call?.stats() ?? null;
  }

  /** Microphone or camera on or off. @param {"audio"|"video"} kind */
  async toggle(kind) {
    if (kind === "video" && !this.#camera) return;
    this.#wanted[kind] = !this.#wanted[kind];
    announce(t(`call.${kind}.${this.#wanted[kind] ? "on" : "off"}`));
    await this.#apply(kind);
    this.#draw();
  }

  /** @param {"audio"|"video"} kind */
  async #apply(kind) {
    const on = this.#wanted[kind];
    for (const track of this.#stream?.getTracks() ?? []) if (track.kind === kind) track.enabled = on;
    await (kind === "audio" ? this.#call?.setMicrophone(on) : this.#call?.setCamera(on));
  }

  /** @param {MediaStream} stream */
  #use(stream) {
    stopTracks(this.#stream);
    this.#stream = stream;
    this.#draw();
  }

  /** @param {"opening"|CallState} state */
  #enter(state) {
    if (state === this.#state) return;
    this.#state = state;
    if (OVER.has(state)) {
      stopTracks(this.#stream);
      this.#stream = null;
    }
    announce(t(`call.state.${state}`), { urgent: state === "interrupted" });
    this.#draw();
    this.dispatchEvent(new CustomEvent("call-state", { bubbles: true, detail: { state } }));
  }

  /** @param {{slot: number, audio: boolean, video: boolean}} life */
  #slot(life) {
    this.#life.set(life.slot, life);
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const kind = event.altKey && !event.ctrlKey && !event.metaKey ? SHORTCUTS[/** @type {"KeyA"|"KeyV"} */ (event.code)] : undefined;
    if (!kind || !this.#running) return;
    event.preventDefault();
    void this.toggle(kind);
  }

  get #running() {
    return this.#call !== null && !OVER.has(this.#state);
  }

  async #pressedLeave() {
    await this.leave();
    this.dispatchEvent(new CustomEvent("call-left", { bubbles: true }));
    this.querySelector("button")?.focus();
  }

  async #chooseDevices() {
    this.#choosing = !this.#choosing;
    await this.#listDevices();
  }

  async #listDevices() {
    this.#devices = await deviceList();
    this.#draw();
  }

  /** @param {HTMLSelectElement} select */
  async #pick(select) {
    const kind = /** @type {import("./devices.js").DeviceKind} */ (select.name);
    choose(kind, select.value);
    if (kind === "audiooutput") this.#play();
    else await this.#exchange(kind === "audioinput" ? "audio" : "video");
  }

  /** @param {"audio"|"video"} kind */
  async #exchange(kind) {
    const stream = this.#stream;
    if (!stream) return;
    try {
      const track = await openTrack(kind);
      for (const old of stream.getTracks()) {
        if (old.kind !== kind) continue;
        stream.removeTrack(old);
        old.stop();
      }
      stream.addTrack(track);
      this.#trouble[kind] = null;
      await this.#call?.replaceDevice(kind, track);
    } catch {
      this.#trouble[kind] = "busy";
    }
    this.#draw();
  }

  #draw() {
    if (!this.isConnected) return;
    render(this, this.#markup());
    this.#attach();
  }

  /** Streams are properties, which markup cannot carry. */
  #attach() {
    for (const video of this.querySelectorAll("video")) {
      const slot = video.dataset["slot"];
      const stream = slot === undefined ? this.#stream : (this.#call?.slotStream(Number(slot)) ?? null);
      video.muted = slot === undefined;
      if (video.srcObject !== stream) {
        video.srcObject = stream;
        this.#begin(video);
      }
    }
  }

  /** @param {HTMLVideoElement} video */
  #begin(video) {
    const sink = chosen("audiooutput");
    if (sink && "setSinkId" in video) void video.setSinkId(sink).catch(() => undefined);
    if (!video.srcObject) return;
    video.play().catch((error) => {
      if (error instanceof DOMException && error.name === "NotAllowedError" && !this.#blocked) {
        this.#blocked = true;
        this.#draw();
      }
    });
  }

  #play() {
    this.#blocked = false;
    for (const video of this.querySelectorAll("video")) this.#begin(video);
    this.#draw();
  }

  #markup() {
    const others = this.#running ? (this.#map ?? []) : [];
    return html`
      <div class="call call-${this.#state}">
        <div class="call-tiles" data-count="${others.length}">
          ${others.map((seat) => this.#tile(seat))}
          ${others.length === 0 ? html`<p class="call-empty" data-key="empty">${this.#emptyWords()}</p>` : null}
        </div>
        ${this.#stream ? this.#self() : null}
        ${this.#notices()}
        ${this.#running || this.#state === "opening" ? this.#controls() : this.#comeBack()}
        ${this.#choosing && this.#running ? this.#pickers() : null}
      </div>`;
  }

  #emptyWords() {
    if (OVER.has(this.#state)) return t(`call.state.${this.#state}`);
    return this.#state === "connected" ? t("call.alone") : t("call.state.connecting");
  }

  /** @param {Seat} seat */
  #tile(seat) {
    const life = this.#life.get(seat.slot);
    const dark = !life?.video;
    return html`<figure class="call-tile ${dark ? "call-dark" : ""}" data-key="slot-${seat.slot}">
      <video data-slot="${seat.slot}" data-own autoplay playsinline aria-label="${t("call.video_of", { name: this.nameOf(seat) })}"></video>
      <p class="call-off" ?hidden=${!dark}>${this.#running && life?.audio ? t("call.no_picture") : t("call.no_signal")}</p>
      <figcaption>${this.nameOf(seat)}</figcaption>
    </figure>`;
  }

  #self() {
    const dark = !this.#camera || !this.#wanted.video || this.#trouble.video !== null;
    return html`<figure class="call-self ${dark ? "call-dark" : ""}" data-key="self">
      <video data-own autoplay playsinline aria-label="${t("call.self")}"></video>
      <p class="call-off" ?hidden=${!dark}>${t("call.video.off")}</p>
      <figcaption>${t("call.self")}</figcaption>
    </figure>`;
  }

  #notices() {
    const words = [];
    if (this.#state === "interrupted") words.push(t("call.state.interrupted"));
    if (this.#running && this.#trouble.audio) words.push(t(`call.trouble.audio.${this.#trouble.audio}`));
    if (this.#running && this.#trouble.video) words.push(t(`call.trouble.video.${this.#trouble.video}`));
    return html`<div class="call-notices" data-key="notices">
      ${words.map((word) => html`<p class="call-notice">${word}</p>`)}
      ${this.#blocked ? html`<p class="call-notice"><button type="button" class="button button-primary" data-action="play">${t("call.hear")}</button></p>` : null}
    </div>`;
  }

  #controls() {
    return html`<div class="call-controls" data-key="controls" role="group" aria-label="${t("call.controls")}">
      ${this.#switch("audio", "Alt+A")}
      ${this.#camera ? this.#switch("video", "Alt+V") : null}
      <button type="button" class="call-button" data-action="devices" aria-expanded="${this.#choosing ? "true" : "false"}">${t("call.devices")}</button>
      ${this.hasAttribute("no-leave") ? null : html`<button type="button" class="call-button call-leave" data-action="leave">${t("call.leave")}</button>`}
    </div>`;
  }

  /** @param {"audio"|"video"} kind @param {string} keys */
  #switch(kind, keys) {
    const on = this.#wanted[kind];
    return html`<button type="button" class="call-button call-switch" data-action="${kind}" data-key="${kind}"
      aria-pressed="${on ? "true" : "false"}" aria-keyshortcuts="${keys}" title="${keys}">
      ${ICONS[kind]}<span>${t(`call.${kind}.${on ? "on" : "off"}`)}</span></button>`;
  }

  #comeBack() {
    if (!OVER.has(this.#state)) return null;
    return html`<div class="call-controls" data-key="controls">
      <button type="button" class="button button-primary" data-action="here">${t(`call.back.${this.#state}`)}</button>
    </div>`;
  }

  #pickers() {
    const all = /** @type {const} */ (["audioinput", "videoinput", "audiooutput"]);
    const kinds = all.filter((kind) => kind !== "videoinput" || this.#camera);
    return html`<div class="call-pickers" data-key="pickers">${kinds.map((kind) => this.#picker(kind))}</div>`;
  }

  /** @param {import("./devices.js").DeviceKind} kind */
  #picker(kind) {
    const devices = this.#devices.filter((device) => device.kind === kind);
    if (devices.length === 0) return null;
    const current = chosen(kind) ?? "";
    return html`<label class="call-picker" data-key="${kind}"><span>${t(`call.device.${kind}`)}</span>
      <select class="select" name="${kind}" data-change="pick">
        ${devices.map((device, i) => html`<option value="${device.deviceId}" ?selected=${device.deviceId === current}>${device.label || t("call.device.nth", { n: i + 1 })}</option>`)}
      </select></label>`;
  }
}

customElements.define("genkan-call", GenkanCall);
