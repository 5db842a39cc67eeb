// @ts-check
/**
 * `<genkan-check>`: camera, microphone, speaker and network, each with a word and what to do. Never a wall: the person may
 * go on at any time. Property `session`; event `check-done` with what the `devices` command takes.
 */

import { browserFamily, deviceList, choose, chosen, impossible, inAppBrowser, openDevices, stopTracks } from "../call/devices.js";
import { html, render, actions } from "../html.js";
import { t } from "../i18n.js";
import { echo } from "../media/call.js";
import { announce } from "../shell.js";
import { meter, testTone } from "./sound.js";

/**
 * @typedef {"camera"|"microphone"|"speaker"|"network"} Part
 * @typedef {"skipped"|"running"|"ok"|"warn"|"fail"} Word
 * @typedef {{word: Word, text: string}} Finding
 */

const PARTS = /** @type {const} */ (["camera", "microphone", "speaker", "network"]);
/** A microphone louder than this (0 to 1) hears something. */
const HEARD = 0.03;
/** How long (ms) a microphone may be silent before the page says so. */
const SILENT = 6000;
/** How long (ms) a camera may be dark before the page says so. */
const DARK = 5000;
/** Above these the network is usable, but not well: share of packets lost, round trip in ms. */
const LOSS = 0.05;
const SLOW = 300;

export class GenkanCheck extends HTMLElement {
  /** @type {import("../api.js").Session|null} */ session = null;
  /** @type {Record<Part, Finding>} */ #found = blank();
  /** @type {MediaStream|null} */ #stream = null;
  /** @type {string|null} */ #denied = null;
  /** @type {number|null} */ #rtt = null;
  /** @type {MediaDeviceInfo[]} */ #devices = [];
  #started = false;
  #asked = false;
  #heard = false;
  #copied = false;
  #run = 0;
  /** @type {() => void} */ #forget = () => undefined;
  /** @type {() => void} */ #stopMeter = () => undefined;

  connectedCallback() {
    this.#forget = actions(this, {
      start: () => this.#start(),
      play: () => this.#play(),
      heard: () => this.#settle("speaker", "ok", t("candidate.check.speaker.ok")),
      silent: () => this.#settle("speaker", "fail", t("candidate.check.speaker.fail")),
      pick: (element) => this.#pick(/** @type {HTMLSelectElement} */ (element)),
      copy: () => this.#copy(),
      done: () => this.#done(),
    });
    this.#draw();
  }

  disconnectedCallback() {
    this.#forget();
    this.#stop();
  }

  /** The rules' word on the camera. @returns {string} */
  get camera() {
    return this.getAttribute("camera") ?? "required";
  }

  /** What is looked at: no camera where none is used. @returns {Part[]} */
  get #parts() {
    return PARTS.filter((part) => part !== "camera" || this.camera !== "forbidden");
  }

  #stop() {
    this.#run += 1;
    this.#stopMeter();
    stopTracks(this.#stream);
    this.#stream = null;
  }

  async #start() {
    this.#stop();
    const run = this.#run;
    this.#started = true;
    this.#heard = false;
    this.#found = { ...blank(), speaker: this.#found.speaker };
    for (const part of this.#parts.filter((one) => one !== "speaker")) this.#settle(part, "running", t(`candidate.check.${part}.running`), true);
    const { stream, trouble } = await openDevices({ camera: this.camera !== "forbidden" });
    if (run !== this.#run) {
      stopTracks(stream);
      return;
    }
    this.#stream = stream;
    this.#denied = [trouble.audio, trouble.video].includes("denied") ? browserFamily() : null;
    if (trouble.video) this.#settle("camera", this.camera === "optional" ? "warn" : "fail", t(`call.trouble.video.${trouble.video}`));
    if (trouble.audio) this.#settle("microphone", "fail", t(`call.trouble.audio.${trouble.audio}`));
    this.#devices = await deviceList();
    this.#draw();
    if (!trouble.video && this.camera !== "forbidden") this.#watchCamera(run);
    if (!trouble.audio) this.#watchMicrophone(stream, run);
    await this.#testNetwork(stream, run);
  }

  /** @param {number} run */
  #watchCamera(run) {
    const video = this.querySelector("video");
    const seen = () => {
      if (run === this.#run) this.#settle("camera", "ok", t("candidate.check.camera.ok"));
    };
    if (video && video.videoWidth > 0) seen();
    else video?.addEventListener("resize", seen, { once: true });
    setTimeout(() => {
      if (run === this.#run && this.#found.camera.word === "running") this.#settle("camera", "warn", t("candidate.check.camera.warn"));
    }, DARK);
  }

  /** @param {MediaStream} stream @param {number} run */
  #watchMicrophone(stream, run) {
    this.#stopMeter = meter(stream, (level) => {
      const bar = this.querySelector("meter");
      if (bar) bar.value = level;
      if (level > HEARD && !this.#heard) {
        this.#heard = true;
        this.#settle("microphone", "ok", t("candidate.check.microphone.ok"));
      }
    });
    setTimeout(() => {
      if (run === this.#run && !this.#heard) this.#settle("microphone", "warn", t("candidate.check.microphone.warn"));
    }, SILENT);
  }

  /** @param {MediaStream} stream @param {number} run */
  async #testNetwork(stream, run) {
    const signal = this.session?.echoSignal();
    if (!signal || impossible()) {
      this.#settle("network", "fail", t("candidate.check.network.fail"));
      return;
    }
    const result = await echo({ signal, stream, seconds: 4 }).catch(() => null);
    if (run !== this.#run) return;
    this.#rtt = result?.rtt === null || result?.rtt === undefined ? null : Math.round(result.rtt);
    if (!result?.connected) this.#settle("network", "fail", t("candidate.check.network.fail"));
    else if ((result.loss ?? 0) > LOSS || (result.rtt ?? 0) > SLOW) this.#settle("network", "warn", t("candidate.check.network.warn"));
    else this.#settle("network", "ok", t("candidate.check.network.ok", { rtt: this.#rtt ?? "–" }));
  }

  #play() {
    testTone();
    this.#asked = true;
    this.#draw();
  }

  /** @param {Part} part @param {Word} word @param {string} text @param {boolean} [quiet] */
  #settle(part, word, text, quiet = false) {
    this.#found[part] = { word, text };
    if (!quiet) announce(`${t(`candidate.check.${part}`)}：${t(`candidate.check.result.${word}`)} ${text}`);
    this.#draw();
  }

  /** @param {HTMLSelectElement} select */
  async #pick(select) {
    choose(/** @type {import("../call/devices.js").DeviceKind} */ (select.name), select.value);
    await this.#start();
  }

  async #copy() {
    await navigator.clipboard?.writeText(location.href).catch(() => undefined);
    this.#copied = true;
    announce(t("candidate.check.inapp.copied"));
    this.#draw();
  }

  #done() {
    const words = Object.fromEntries(PARTS.map((part) => [part, this.#found[part].word === "running" ? "skipped" : this.#found[part].word]));
    const trouble = PARTS.filter((part) => this.#found[part].word === "fail").map((part) => this.#found[part].text).join(" ").slice(0, 500);
    this.#stop();
    const detail = { ...words, ...(this.#rtt === null ? {} : { rtt_ms: this.#rtt }), ...(trouble ? { detail: trouble } : {}) };
    this.dispatchEvent(new CustomEvent("check-done", { bubbles: true, detail }));
  }

  #draw() {
    if (!this.isConnected) return;
    render(this, this.#markup());
    const video = this.querySelector("video");
    if (video && video.srcObject !== this.#stream) {
      video.srcObject = this.#stream;
      video.muted = true;
      void video.play().catch(() => undefined);
    }
  }

  #markup() {
    const app = inAppBrowser();
    return html`
      ${app ? this.#inApp(app) : null}
      ${this.#stream?.getVideoTracks().length ? html`<div class="check-preview" data-key="preview"><video data-own autoplay playsinline aria-label="${t("candidate.check.preview")}"></video></div>` : null}
      ${this.#stream?.getAudioTracks().length ? html`<p class="check-level" data-key="level"><label for="check-meter">${t("candidate.check.level")}</label>
        <meter id="check-meter" data-own min="0" max="1" low="0.03" optimum="0.5"></meter></p>` : null}
      ${this.#started ? html`<div data-key="pickers" class="check-pickers">${this.camera === "forbidden" ? null : this.#picker("videoinput")}${this.#picker("audioinput")}</div>` : null}
      ${this.camera === "required" ? null : html`<p data-key="camera-rule">${t(`candidate.check.camera_rule.${this.camera}`)}</p>`}
      <ul class="check-list" data-key="list">${this.#parts.map((part) => this.#line(part))}</ul>
      ${this.#denied ? html`<div class="banner banner-warn" data-key="denied"><p class="banner-title">${t("candidate.check.denied.title")}</p><p>${t(`candidate.check.denied.${this.#denied}`)}</p></div>` : null}
      <p class="soft" data-key="never">${t("candidate.check.never_blocks")}</p>
      <div class="buttons" data-key="buttons">${this.#buttons()}</div>`;
  }

  /** @param {Part} part */
  #line(part) {
    const { word, text } = this.#found[part];
    const tag = { skipped: "soft", running: "soft", ok: "ok", warn: "warn", fail: "fail" }[word];
    return html`<li data-key="${part}"><span class="check-name">${t(`candidate.check.${part}`)}</span>
      <span class="tag tag-${tag}">${t(`candidate.check.result.${word}`)}</span>
      <div class="check-text">${text ? html`<p>${text}</p>` : null}${part === "speaker" && this.#started ? this.#speaker() : null}</div></li>`;
  }

  #speaker() {
    return html`<p>${this.#found.speaker.word === "skipped" ? t(this.#asked ? "candidate.check.speaker.question" : "candidate.check.speaker.ask") : null}</p>
      <div class="check-speaker"><button type="button" class="button button-small" data-action="play">${t("candidate.check.speaker.play")}</button>
      ${this.#asked ? html`<button type="button" class="button button-small" data-action="heard">${t("candidate.check.speaker.heard")}</button>
        <button type="button" class="button button-small" data-action="silent">${t("candidate.check.speaker.not_heard")}</button>` : null}</div>`;
  }

  #buttons() {
    if (!this.#started) {
      return html`<button type="button" class="button button-primary button-large" data-action="start" data-key="start">${t("candidate.check.start")}</button>
        <button type="button" class="link-button" data-action="done" data-key="done">${t("candidate.check.skip")}</button>`;
    }
    const words = PARTS.map((part) => this.#found[part].word);
    if (words.includes("running")) {
      return html`<button type="button" class="button" data-action="done" data-key="done">${t("candidate.check.go_on")}</button>
        <span class="soft" role="status">${t("candidate.check.running")}</span>`;
    }
    const failed = words.includes("fail");
    return html`<button type="button" class="button ${failed ? "" : "button-primary"} button-large" data-action="done" data-key="done">${t(failed ? "candidate.check.go_on_anyway" : "candidate.check.go_on")}</button>
      <button type="button" class="button ${failed ? "button-primary" : ""}" data-action="start" data-key="start">${t("candidate.check.again")}</button>`;
  }

  /** @param {string} app */
  #inApp(app) {
    return html`<div class="banner banner-warn" data-key="inapp"><p class="banner-title">${t("candidate.check.inapp.title")}</p>
      <p>${t("candidate.check.inapp.body", { app })}</p><p>${t("candidate.check.inapp.copy")}</p>
      <button type="button" class="button button-small" data-action="copy">${t(this.#copied ? "candidate.check.inapp.copied" : "candidate.check.inapp.copy_button")}</button></div>`;
  }

  /** @param {"videoinput"|"audioinput"} kind */
  #picker(kind) {
    const devices = this.#devices.filter((device) => device.kind === kind && device.deviceId);
    if (devices.length < 2) return null;
    return html`<label data-key="${kind}"><span>${t(`call.device.${kind}`)}</span><select class="select" name="${kind}" data-change="pick">
      ${devices.map((device, i) => html`<option value="${device.deviceId}" ?selected=${device.deviceId === chosen(kind)}>${device.label || t("call.device.nth", { n: i + 1 })}</option>`)}
    </select></label>`;
  }
}

/** @returns {Record<Part, Finding>} */
function blank() {
  const finding = () => ({ word: /** @type {Word} */ ("skipped"), text: "" });
  return { camera: finding(), microphone: finding(), speaker: finding(), network: finding() };
}

customElements.define("genkan-check", GenkanCheck);
