// @ts-check
/**
 * Markup that cannot carry somebody's input by accident, and a way to bring it on the page without losing focus,
 * what is being typed, or a picture that is playing.
 *
 * - `html` escapes every value. Attributes must be quoted; `?disabled=${flag}` writes or leaves out a boolean one
 *   (`?aria-current=${flag}` writes "true").
 * - `render` changes the target until it equals the markup, keeping elements of the same place or the same key
 *   (`id` or `data-key`). The children of custom elements and of elements with `data-own` belong to somebody else.
 * - `actions` finds handlers by name (`data-action`, `data-submit`, `data-change`, `data-input`), since the page's
 *   policy allows no script in markup.
 */

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Escaped text. Only `html` makes it from strings, so a value of this class is safe to parse. */
export class Markup {
  #text;

  /** @param {TemplateStringsArray} strings @param {unknown[]} values */
  constructor(strings, values) {
    let text = "";
    strings.forEach((string, i) => {
      text += string;
      if (i >= values.length) return;
      const flag = /\s\?([a-z-]+)=$/.exec(text);
      if (flag) text = text.slice(0, flag.index) + (values[i] ? boolean(String(flag[1])) : "");
      else text += escaped(values[i]);
    });
    this.#text = text;
  }

  toString() {
    return this.#text;
  }
}

/** ARIA knows no bare attributes. @param {string} name @returns {string} */
function boolean(name) {
  return name.startsWith("aria-") ? ` ${name}="true"` : ` ${name}=""`;
}

/** @param {unknown} value @returns {string} */
function escaped(value) {
  if (value === null || value === undefined || typeof value === "boolean") return "";
  if (value instanceof Markup) return value.toString();
  if (Array.isArray(value)) return value.map(escaped).join("");
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

/**
 * @param {TemplateStringsArray} strings @param {unknown[]} values `null`, `undefined` and booleans are nothing; arrays are joined
 * @returns {Markup}
 */
export function html(strings, ...values) {
  return new Markup(strings, values);
}

/**
 * A link that may be followed: `https:`, `http:` (loopback only), `tel:` or `mailto:`; anything else is `#`.
 * @param {unknown} url @returns {string}
 */
export function safeUrl(url) {
  try {
    const parsed = new URL(String(url), location.origin);
    const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname);
    const plain = parsed.protocol === "http:" && (loopback || parsed.origin === location.origin);
    return plain || ["https:", "tel:", "mailto:"].includes(parsed.protocol) ? parsed.href : "#";
  } catch {
    return "#";
  }
}

/** Make the target's children equal the markup. @param {Element} target @param {Markup} markup */
export function render(target, markup) {
  const template = document.createElement("template");
  template.innerHTML = markup.toString(); // escaped by construction: only `html` makes Markup
  const focused = document.activeElement;
  children(target, template.content);
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

/** @param {Node} node @returns {string|null} */
function keyOf(node) {
  if (!(node instanceof Element)) return null;
  return node.getAttribute("data-key") ?? (node.id || null);
}

/** @param {Node} old @param {Node} wanted @returns {boolean} */
function fits(old, wanted) {
  return old.nodeName === wanted.nodeName && keyOf(old) === keyOf(wanted);
}

/** @param {Node} parent @param {Node} source */
function children(parent, source) {
  drop(parent, source);
  const left = new Set(parent.childNodes);
  let place = parent.firstChild;
  for (const wanted of [...source.childNodes]) {
    const match = place && left.has(place) && fits(place, wanted) ? place : search(left, wanted);
    if (!match) {
      parent.insertBefore(wanted, place);
      continue;
    }
    left.delete(match);
    if (match === place) place = match.nextSibling;
    else parent.insertBefore(match, place);
    node(match, wanted);
  }
  for (const old of left) parent.removeChild(old);
}

/**
 * Keyed elements that are wanted no more go first: what stays is then in its place and need not be moved, which would
 * halt a picture. @param {Node} parent @param {Node} source
 */
function drop(parent, source) {
  const wanted = new Set([...source.childNodes].map(keyOf));
  for (const old of [...parent.childNodes]) {
    const key = keyOf(old);
    if (key !== null && !wanted.has(key)) parent.removeChild(old);
  }
}

/** @param {Set<ChildNode>} left @param {Node} wanted @returns {ChildNode|null} */
function search(left, wanted) {
  if (keyOf(wanted) === null) return null;
  for (const old of left) if (fits(old, wanted)) return old;
  return null;
}

/** @param {Node} old @param {Node} wanted */
function node(old, wanted) {
  if (!(old instanceof Element) || !(wanted instanceof Element)) {
    if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
    return;
  }
  attributes(old, wanted);
  if (!old.localName.includes("-") && !old.hasAttribute("data-own")) children(old, wanted);
}

/** @param {Element} old @param {Element} wanted */
function attributes(old, wanted) {
  const opens = old.localName === "details" || old.localName === "dialog"; // what the person opened stays open
  for (const name of old.getAttributeNames()) {
    if (!wanted.hasAttribute(name) && !(opens && name === "open")) old.removeAttribute(name);
  }
  for (const name of wanted.getAttributeNames()) {
    const value = wanted.getAttribute(name) ?? "";
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/**
 * @typedef {(element: HTMLElement, event: Event) => unknown} Handler
 * @typedef {Record<string, Handler>} Handlers
 */

/** What an inner root has handled is not for the roots around it. @type {WeakSet<Event>} */
const handled = new WeakSet();

/** @type {Record<string, string>} */
const ATTRIBUTES = { click: "data-action", submit: "data-submit", change: "data-change", input: "data-input" };

/**
 * Listen on the root for its descendants' named actions. A submit is always prevented from leaving the page.
 * @param {Element|Document} root @param {Handlers} handlers @returns {() => void} stops listening
 */
export function actions(root, handlers) {
  /** @param {Event} event */
  const listen = (event) => {
    const attribute = ATTRIBUTES[event.type] ?? "";
    const element = event.target instanceof Element ? event.target.closest(`[${attribute}]`) : null;
    if (!(element instanceof HTMLElement) || handled.has(event)) return;
    handled.add(event);
    if (event.type === "submit") event.preventDefault();
    handlers[element.getAttribute(attribute) ?? ""]?.(element, event);
  };
  for (const type of Object.keys(ATTRIBUTES)) root.addEventListener(type, listen);
  return () => {
    for (const type of Object.keys(ATTRIBUTES)) root.removeEventListener(type, listen);
  };
}
