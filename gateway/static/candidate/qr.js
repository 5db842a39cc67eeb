// @ts-check
/**
 * QR codes for short addresses (ISO/IEC 18004): byte mode, error correction M, versions 1 to 6, up to 106 bytes. Drawn in
 * the page, so that no address with a code in it is ever asked of anybody.
 */

import { html } from "../html.js";

/** Per version: [codewords of data, of correction per block, blocks]. Table 9, level M. @type {[number, number, number][]} */
const VERSIONS = [[16, 10, 1], [28, 16, 1], [44, 26, 1], [64, 18, 2], [86, 24, 2], [108, 16, 4]];

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i += 1) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
  x = x & 0x80 ? (x << 1) ^ 0x11d : x << 1;
}

/** @param {ArrayLike<number>} list @param {number} i */
const at = (list, i) => list[i] ?? 0;

/** Reed–Solomon remainder. @param {number[]} data @param {number} degree @returns {number[]} */
function correction(data, degree) {
  let generator = [1];
  for (let i = 0; i < degree; i += 1) {
    const next = Array(generator.length + 1).fill(0);
    generator.forEach((coefficient, j) => {
      next[j] ^= coefficient;
      if (coefficient) next[j + 1] ^= at(EXP, at(LOG, coefficient) + i);
    });
    generator = next;
  }
  const rest = [...data, ...Array(degree).fill(0)];
  for (let i = 0; i < data.length; i += 1) {
    const factor = at(rest, i);
    if (factor) generator.forEach((coefficient, j) => (rest[i + j] ^= at(EXP, at(LOG, coefficient) + at(LOG, factor))));
  }
  return rest.slice(data.length);
}

/** @param {Uint8Array} bytes @param {[number, number, number]} shape @returns {number[]} codewords, interleaved */
function codewords(bytes, [capacity, degree, blocks]) {
  const bits = [0, 1, 0, 0];
  const push = (/** @type {number} */ value, /** @type {number} */ length) => {
    for (let i = length - 1; i >= 0; i -= 1) bits.push((value >> i) & 1);
  };
  push(bytes.length, 8);
  for (const byte of bytes) push(byte, 8);
  while (bits.length < capacity * 8 && (bits.length % 8 || bits.length < 12 + bytes.length * 8 + 4)) bits.push(0);
  /** @type {number[]} */
  const data = [];
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0xec; data.length < capacity; pad ^= 0xec ^ 0x11) data.push(pad);
  const size = capacity / blocks;
  const parts = Array.from({ length: blocks }, (_, i) => data.slice(i * size, (i + 1) * size));
  const checks = parts.map((part) => correction(part, degree));
  return [...interleave(parts, size), ...interleave(checks, degree)];
}

/** @param {number[][]} parts @param {number} length */
function interleave(parts, length) {
  return Array.from({ length }, (_, i) => parts.map((part) => at(part, i))).flat();
}

const MASKS = [
  (/** @type {number} */ r, /** @type {number} */ c) => (r + c) % 2 === 0,
  (/** @type {number} */ r) => r % 2 === 0,
  (/** @type {number} */ _r, /** @type {number} */ c) => c % 3 === 0,
  (/** @type {number} */ r, /** @type {number} */ c) => (r + c) % 3 === 0,
  (/** @type {number} */ r, /** @type {number} */ c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (/** @type {number} */ r, /** @type {number} */ c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (/** @type {number} */ r, /** @type {number} */ c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (/** @type {number} */ r, /** @type {number} */ c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** @param {number} mask @returns {number} format bits for level M, masked (BCH 15,5) */
function formatBits(mask) {
  let rest = mask << 10; // level M is 00
  for (let i = 14; i >= 10; i -= 1) if ((rest >> i) & 1) rest ^= 0x537 << (i - 10);
  return ((mask << 10) | rest) ^ 0x5412;
}

/** What is not data: finders, timing, alignment, and room for the format. @param {number} version */
function frame(version) {
  const size = version * 4 + 17;
  /** @type {(0|1|null)[][]} */
  const grid = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (/** @type {number} */ r, /** @type {number} */ c, /** @type {boolean|number} */ on) => {
    const row = grid[r];
    if (row && c >= 0 && c < size) row[c] = on ? 1 : 0;
  };
  for (let i = 0; i < size; i += 1) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]]) {
    for (let r = -1; r <= 7; r += 1) {
      for (let c = -1; c <= 7; c += 1) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        set(Number(top) + r, Number(left) + c, ring !== 2 && ring !== 4);
      }
    }
  }
  if (version > 1) {
    for (let r = -2; r <= 2; r += 1) {
      for (let c = -2; c <= 2; c += 1) set(size - 7 + r, size - 7 + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
    }
  }
  return { size, grid, set };
}

/** @param {ReturnType<typeof frame>} drawn @param {number} mask */
function writeFormat({ size, set }, mask) {
  const bits = formatBits(mask);
  for (let i = 0; i < 15; i += 1) {
    const on = (bits >> i) & 1;
    if (i < 6) set(i, 8, on);
    else if (i < 8) set(i + 1, 8, on);
    else set(size - 15 + i, 8, on);
    if (i < 8) set(8, size - 1 - i, on);
    else if (i < 9) set(8, 15 - i, on);
    else set(8, 14 - i, on);
  }
  set(size - 8, 8, 1);
}

/** @param {number} version @param {number[]} words @param {number} mask @returns {number[][]} */
function draw(version, words, mask) {
  const drawn = frame(version);
  const { size, grid } = drawn;
  writeFormat(drawn, mask);
  const flip = /** @type {(r: number, c: number) => boolean} */ (MASKS[mask]);
  let bit = 0;
  let upward = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const r = upward ? size - 1 - step : step;
      for (const c of [right, right - 1]) {
        const row = grid[r];
        if (!row || row[c] !== null) continue;
        const on = (at(words, bit >> 3) >> (7 - (bit & 7))) & 1;
        row[c] = (on === 1) !== flip(r, c) ? 1 : 0;
        bit += 1;
      }
    }
    upward = !upward;
  }
  return /** @type {number[][]} */ (grid);
}

/** The penalty of ISO/IEC 18004 §7.8.3, lower reads better. @param {number[][]} grid @returns {number} */
function penalty(grid) {
  const columns = grid.map((_, i) => grid.map((row) => at(row, i)));
  let sum = 0;
  let dark = 0;
  for (const line of [...grid, ...columns]) {
    const text = line.join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let i = 0; i + 11 <= text.length; i += 1) {
      const part = text.slice(i, i + 11);
      if (part === "10111010000" || part === "00001011101") sum += 40;
    }
  }
  grid.forEach((row, r) => row.forEach((value, c) => {
    dark += value;
    const square = value + at(row, c + 1) + at(grid[r + 1] ?? [], c) + at(grid[r + 1] ?? [], c + 1);
    if (r + 1 < grid.length && c + 1 < row.length && (square === 0 || square === 4)) sum += 3;
  }));
  return sum + Math.floor(Math.abs((dark / grid.length ** 2) * 20 - 10)) * 10;
}

/**
 * The modules of a QR code, rows of 0 and 1. @param {string} text up to 106 bytes @param {number} [mask] chosen by penalty otherwise
 * @returns {number[][]} @throws {RangeError}
 */
export function modules(text, mask) {
  const bytes = new TextEncoder().encode(text);
  const index = VERSIONS.findIndex(([capacity]) => bytes.length + 2 <= capacity);
  const shape = VERSIONS[index];
  if (!shape) throw new RangeError("too long for a QR code of version 6");
  const words = codewords(bytes, shape);
  const grids = (mask === undefined ? MASKS.keys() : [mask]);
  return [...grids].map((m) => draw(index + 1, words, m)).sort((a, b) => penalty(a) - penalty(b))[0] ?? [];
}

/** @param {string} text @param {string} label what a screen reader says */
export function qrCode(text, label) {
  const grid = modules(text);
  const size = grid.length + 8;
  const path = grid.flatMap((row, r) => row.flatMap((on, c) => (on ? [`M${c + 4} ${r + 4}h1v1h-1z`] : []))).join("");
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges">
    <rect width="${size}" height="${size}" fill="#fff" /><path d="${path}" fill="#000" /></svg>`;
}
