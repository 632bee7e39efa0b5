/** Elements of a page and of a picture. Text is only ever set as text, so no name can be markup. */

const SVG = "http://www.w3.org/2000/svg";
const PICTURE = new Set(["svg", "g", "path", "line", "rect", "circle", "text", "title", "tspan", "polygon"]);

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} [attributes] those that start with "on" are listeners
 * @param {...(Node|string|number)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const made = PICTURE.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {number} width @param {number} height @param {string} label @param {...Node} children */
export const picture = (width, height, label, ...children) =>
  el("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, ...children);

/** Round marks of an axis from 0 to a top. @param {number} top @param {number} most @returns {number[]} */
export function marks(top, most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(top, 1e-9) / most));
  const step = [1, 2, 5, 10].map((n) => n * power).find((each) => top / each <= most) ?? power;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, n) => n * step);
}

/** @param {string} text @param {number} x @param {number} y @param {Object<string, any>} [more] */
export const label = (text, x, y, more = {}) => el("text", { x, y, ...more }, text);
