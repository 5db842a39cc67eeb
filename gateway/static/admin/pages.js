// @ts-check
/**
 * The pages of the administrator's page: one is shown, and the address names it after the link (`#<link>/provider`), so
 * that a reload, a second tab, the way back and somebody's message lead to it. A section inside a page has an address
 * in the same way (`#<link>/import`).
 */

import { pageTitle } from "../shell.js";
import { t } from "./words.js";

const FIRST = "overview";

/** @param {string} name @returns {{page: HTMLElement, section: HTMLElement|null}|null} */
function found(name) {
  const page = document.getElementById(`page-${name}`);
  if (page) return { page, section: null };
  const section = /^[a-z-]+$/.test(name) ? document.getElementById(name) : null;
  const around = section?.closest("[data-page]");
  return section && around instanceof HTMLElement ? { page: around, section } : null;
}

export class Pages {
  /** @param {string} link what the address holds before the page's name */
  constructor(link) {
    this.link = link;
    for (const anchor of this.#anchors()) anchor.href = this.address(anchor.dataset["to"] ?? FIRST);
  }

  /** @param {string} name of a page or a section @returns {string} */
  address(name) {
    return `#${this.link}/${name}`;
  }

  /** @param {string} name */
  go(name) {
    if (location.hash === this.address(name)) this.follow(true);
    else location.hash = this.address(name);
  }

  /** Show what the address names. @param {boolean} asked somebody went there: focus and reading go along */
  follow(asked) {
    const { page, section } = found(location.hash.split("/")[1] ?? "") ?? found(FIRST) ?? { page: null, section: null };
    if (!page) return;
    const name = page.dataset["page"] ?? FIRST;
    for (const other of document.querySelectorAll("[data-page]")) /** @type {HTMLElement} */ (other).hidden = other !== page;
    for (const anchor of this.#anchors()) {
      if (anchor.dataset["to"] === name) anchor.setAttribute("aria-current", "page");
      else anchor.removeAttribute("aria-current");
    }
    pageTitle(`${t(`page.${name}`)} - ${t("title")}`);
    if (!asked && !section) return;
    const target = section ?? page.querySelector("h1");
    if (section) section.scrollIntoView();
    else scrollTo(0, 0);
    /** @type {HTMLElement|null} */ (target)?.focus({ preventScroll: true });
  }

  /** @returns {HTMLAnchorElement[]} */
  #anchors() {
    return [...document.querySelectorAll("a[data-to]")].filter((link) => link instanceof HTMLAnchorElement);
  }
}
