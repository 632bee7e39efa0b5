/** The pictures of a comparison: distribution, pairs, map, course. Each gives an SVG element. */

import { day, number, signed, time } from "./format.js";
import { el, label, marks, picture } from "./svg.js";

/** Colours of a map, pale to dark, or from one side to the other. */
const SCALES = {
  killed: ["#fff7e6", "#fee0a6", "#fdb45c", "#ea7a1f", "#b3470a", "#6b2503"],
  difference: ["#2d004b", "#6a51a3", "#b3abd6", "#f6f4f1", "#f6b26b", "#c8680c", "#7a3a04"],
  chance: ["#f3f8fd", "#c6dcf0", "#85b8dd", "#3d8ac4", "#14589b", "#08306b"],
};

/** @param {string} scale @param {number} share 0 to 1 @returns {string} */
function colour(scale, share) {
  const stops = SCALES[scale];
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const channel = (text, n) => parseInt(text.slice(1 + 2 * n, 3 + 2 * n), 16);
  const mixed = [0, 1, 2].map((n) => {
    const [a, b] = [channel(stops[low], n), channel(stops[low + 1], n)];
    return Math.round(a + (b - a) * (at - low));
  });
  return `#${mixed.map((each) => each.toString(16).padStart(2, "0")).join("")}`;
}

/** @param {string} fill @returns {string} ink that is read on it */
function ink(fill) {
  const [r, g, b] = [1, 3, 5].map((n) => parseInt(fill.slice(n, n + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b < 140 ? "#fff" : "#1d2530";
}

/** @param {number[]} at @param {number[]} share @param {(v: number) => number} x @param {(v: number) => number} y */
const steps = (at, share, x, y) =>
  `M${x(0)} ${y(0)}` + at.map((each, n) => `H${x(each).toFixed(1)}V${y(share[n]).toFixed(1)}`).join("");

/**
 * Deaths per run: cumulative curves above, bars of both sides below, differences within pairs last.
 * @param {any} killed of a picture
 * @param {{ours: string, theirs: string}} names
 * @param {{width: number, top: number}} room top is the end of the axis, which a drag only widens
 */
export function distribution(killed, names, room) {
  const { width } = room;
  const top = Math.max(room.top, killed.edges.at(-1));
  const [left, right, curves, bars] = [38, width - 8, 150, 46];
  const x = (v) => left + ((right - left) * v) / top;
  const y = (v) => 16 + (curves - 16) * (1 - v);
  const middle = curves + 18 + bars;
  const tallest = Math.max(...killed.ours.bars, ...killed.theirs.bars, 1e-9);
  const parts = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(el("line", { x1: left, x2: right, y1: y(share), y2: y(share), class: "grid" }));
    parts.push(label(`${share * 100} %`, left - 6, y(share) + 4, { class: "tick end" }));
  }
  for (const side of ["theirs", "ours"]) {
    const own = killed[side];
    const path = `${steps(own.at, own.share, x, y)}H${right}`;
    parts.push(el("path", { d: path, class: `curve ${side}` }));
    own.bars.forEach((share, n) => {
      const height = (bars * share) / tallest;
      const box = { x: x(killed.edges[n]) + 0.5, width: Math.max(0.5, x(killed.edges[1]) - x(0) - 1), height };
      parts.push(el("rect", { ...box, y: side === "ours" ? middle - height : middle + 1, class: `bar ${side}` }));
    });
    const x0 = Math.min(Math.max(x(own.median), left + 14), right - 14);
    parts.push(el("line", { x1: x(own.median), x2: x(own.median), y1: y(0.5), y2: middle + (side === "ours" ? 0 : bars), class: `median ${side}` }));
    parts.push(label(number(own.median), x0, side === "ours" ? middle - bars - 5 : middle + bars + 13, { class: `value ${side} middle halo` }));
  }
  parts.push(el("line", { x1: left, x2: right, y1: middle, y2: middle, class: "axis" }));
  for (const each of marks(top, width / 60)) {
    parts.push(label(number(each), x(each), middle + bars + 28, { class: "tick middle" }));
  }
  parts.push(label("killed per run", right, middle + bars + 42, { class: "tick end" }));
  const words = `Killed per run. Median ${number(killed.ours.median)} with ${names.ours}, ${number(killed.theirs.median)} with ${names.theirs}.`;
  return picture(width, middle + bars + 48, words, ...parts);
}

/**
 * The difference within each pair of runs, as dots, with the mean and its interval.
 * @param {any} made a picture
 * @param {number} width
 */
export function pairs(made, width) {
  const { gaps } = made.killed;
  const [left, right] = [12, width - 12];
  const low = Math.min(0, ...gaps);
  const high = Math.max(0, ...gaps, low + 1);
  const x = (v) => left + ((right - left) * (v - low)) / (high - low);
  const parts = [el("line", { x1: x(0), x2: x(0), y1: 4, y2: 52, class: "axis" })];
  gaps.forEach((gap, n) => {
    const y = 10 + ((n * 0.618034) % 1) * 34;
    parts.push(el("circle", { cx: x(gap).toFixed(1), cy: y.toFixed(1), r: 2, class: gap < 0 ? "fewer" : gap > 0 ? "more" : "same" }));
  });
  const { difference, low: from, high: to } = made.answer;
  if (from !== null) parts.push(el("line", { x1: x(from), x2: x(to), y1: 28, y2: 28, class: "mean" }));
  parts.push(el("circle", { cx: x(difference), cy: 28, r: 4.5, class: "mean" }));
  parts.push(label("0", x(0), 66, { class: "tick middle" }));
  if (x(0) - left > 30) parts.push(label(signed(low), left, 66, { class: "tick start" }));
  if (right - x(0) > 30) parts.push(label(signed(high), right, 66, { class: "tick end" }));
  const words = `Difference within ${gaps.length} pairs of runs: mean ${signed(difference)}.`;
  return picture(width, 72, words, ...parts);
}

/**
 * Where a province is drawn: an outline where the scenario has a map, a tile else.
 * @param {any} setting
 * @param {number} width
 */
export function layout(setting, width) {
  const all = setting.provinces;
  if (setting.map) {
    const [wide, tall] = setting.map;
    const scale = (width - 8) / wide;
    const shift = `translate(4 4) scale(${scale.toFixed(4)})`;
    const places = all.map((each) => {
      const [x, y] = each.centre.map((v) => 4 + v * scale);
      const shape = each.path
        ? el("path", { d: each.path, transform: shift, "fill-rule": "evenodd", "vector-effect": "non-scaling-stroke" })
        : el("circle", { cx: x, cy: y, r: Math.max(5, 14 * scale) });
      return { ...each, x, y, shape, size: each.width * scale };
    });
    return { places, height: tall * scale + 8, outlines: true };
  }
  const rows = all.map((each) => each.tile[0]);
  const columns = all.map((each) => each.tile[1]);
  const wide = Math.min(width / (Math.max(...columns) - Math.min(...columns) + 1), 150);
  const tall = Math.min(wide * 0.72, 74);
  const places = all.map((each, n) => {
    const [x, y] = [(columns[n] - Math.min(...columns)) * wide, (rows[n] - Math.min(...rows)) * tall];
    const shape = el("rect", { x: x + 1.5, y: y + 1.5, width: wide - 3, height: tall - 3, rx: 5 });
    return { ...each, x: x + wide / 2, y: y + tall / 2, shape, size: wide };
  });
  return { places, height: (Math.max(...rows) - Math.min(...rows) + 1) * tall, outlines: false };
}

export const MEASURES = {
  killed: "Killed per run, on average",
  difference: "Killed, difference from what it is compared with",
  chance: "Runs in which anybody is killed",
};

/** @param {string} measure @param {any} row @returns {string} */
export function shown(measure, row) {
  const [value] = row[measure];
  if (measure === "chance") return `${Math.round(100 * value)} %`;
  const text = Math.abs(value) < 0.05 ? "0" : number(value, Math.abs(value) < 1 ? 1 : 2);
  return measure === "difference" && value > 0 && text !== "0" ? `+${text}` : text;
}

/**
 * Provinces by one measure.
 * @param {any} setting
 * @param {any[]} rows places of a picture
 * @param {"killed"|"difference"|"chance"} measure
 * @param {number} width
 */
export function map(setting, rows, measure, width) {
  const { places, height, outlines } = layout(setting, width);
  const by = Object.fromEntries(rows.map((each) => [each.key, each]));
  const most = Math.max(...rows.map((each) => Math.abs(each[measure][0])), 0.05);
  const parts = places.map((place) => {
    const row = by[place.key];
    const [value, low, high] = row[measure];
    // A root tells 5 from 100.
    const part = Math.sqrt(Math.abs(value) / (measure === "chance" ? 1 : most));
    const share = measure === "difference" ? 0.5 + (Math.sign(value) * part) / 2 : measure === "chance" ? value : part;
    const fill = colour(measure, share);
    place.shape.setAttribute("fill", fill);
    const clear = measure === "difference" && low !== null && (low > 0 || high < 0);
    place.shape.setAttribute("class", clear ? "place clear" : "place");
    const about = low === null || measure === "chance" ? "" : ` (95 %: ${number(low)} to ${number(high)})`;
    const group = el("g", {}, el("title", {}, `${place.label}: ${shown(measure, row)}${about}`), place.shape);
    const text = (words, y, kind, more) => group.append(label(words, place.x, place.y + y, { class: `${kind} middle`, fill: ink(fill), ...more }));
    if (outlines && place.path && place.size < 40 && part > 0.5) {
      // Too small for its number: a disc of its colour, and the words beside it.
      group.append(el("circle", { cx: place.x, cy: place.y, r: 9, fill, class: clear ? "place clear" : "place" }));
      const aside = { x: place.x - 14, class: "figure end halo", fill: "#1d2530" };
      group.append(label(`${place.label} ${shown(measure, row)}`, aside.x, place.y + 4, aside));
    } else if (outlines && place.size < 40) {
      text(shown(measure, row), 4, "figure", { class: "figure middle halo", fill: "#1d2530" });
    } else {
      const named = !outlines || place.size > 62;
      if (named) text(place.label, -5, "name", {});
      text(shown(measure, row), named ? 10 : 4, "figure", {});
    }
    return group;
  });
  const words = `${MEASURES[measure]}: ${rows.map((row, n) => `${setting.provinces[n].label} ${shown(measure, row)}`).join(", ")}`;
  // Outlines first, then words, so that no neighbour covers a label.
  const texts = parts.flatMap((group) => [...group.querySelectorAll("text")]);
  return picture(width, height, words, ...parts, el("g", { class: "over" }, ...texts));
}

/**
 * The course: fans of deaths so far, moments of orders, and the call as a handle to drag.
 * The handle stays the same element, so that it keeps the focus while all else is drawn anew.
 */
export class Course {
  /**
   * @param {HTMLElement} holder
   * @param {any} setting
   * @param {any} [control] of the handle
   * @param {(hours: number, done: boolean) => void} [moved]
   */
  constructor(holder, setting, control, moved) {
    Object.assign(this, { setting, control, moved, top: 0, end: 168, value: control?.value, made: null, touched: false });
    this.back = el("g");
    this.handle = el("g", { class: "handle" });
    this.svg = el("svg", { role: "group", "aria-label": "The course of the deaths" }, this.back, this.handle);
    holder.replaceChildren(this.svg);
    if (control) this.listen();
  }

  listen() {
    const { control, handle } = this;
    for (const [name, value] of Object.entries({
      role: "slider", tabindex: 0, "aria-label": control.label, "aria-valuemin": control.low, "aria-valuemax": control.high,
    })) handle.setAttribute(name, value);
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      this.dragging = true;
      event.preventDefault();
      handle.focus();
    });
    handle.addEventListener("pointermove", (event) => {
      if (!this.dragging) return;
      const box = this.svg.getBoundingClientRect();
      const share = (event.clientX - box.left - this.left) / (this.right - this.left);
      this.move(share * this.end, false);
    });
    const release = () => {
      if (!this.dragging) return;
      this.dragging = false;
      this.moved(this.value, true);
    };
    handle.addEventListener("pointerup", release);
    handle.addEventListener("pointercancel", release);
    const keys = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12, Home: -1e9, End: 1e9 };
    handle.addEventListener("keydown", (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      this.move(this.value + keys[event.key] * control.step, true);
    });
  }

  /** @param {number} hours @param {boolean} done */
  move(hours, done) {
    const { low, high, step, value } = this.control;
    const snapped = value + Math.round((hours - value) / step) * step;
    const next = Math.min(Math.max(snapped, low), high);
    if (next === this.value) return;
    this.touched = true;
    this.set(next);
    this.moved(next, done);
  }

  /** @param {number} hours */
  set(hours) {
    this.value = hours;
    if (this.made) this.place();
  }

  /** @param {any} made a picture @param {number} width @param {number} end hours shown @param {boolean} keep only widen */
  draw(made, width, end, keep) {
    const { course } = made;
    const shown = course.hours.filter((hour) => hour <= end + 1e-9).length;
    const highest = Math.max(course.ours[4][shown - 1], course.theirs[4][shown - 1], 1) * 1.06;
    this.top = keep ? Math.max(this.top, highest) : highest;
    Object.assign(this, { made, end, width, left: 40, right: width - 14, height: 292, roof: this.control ? 58 : 12, floor: 260 });
    const x = (v) => this.left + ((this.right - this.left) * v) / end;
    const y = (v) => this.floor - ((this.floor - this.roof) * v) / this.top;
    this.x = x;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", this.height);
    const parts = [];
    for (const each of marks(this.top, 5)) {
      parts.push(el("line", { x1: this.left, x2: this.right, y1: y(each), y2: y(each), class: "grid" }));
      parts.push(label(number(each), this.left - 6, y(each) + 4, { class: "tick end" }));
    }
    parts.push(...this.days(x));
    const line = (levels, back) => levels.slice(0, shown).map((v, n) => `${x(course.hours[n]).toFixed(1)} ${y(v).toFixed(1)}`)[back ? "reverse" : "slice"]().join("L");
    for (const side of ["theirs", "ours"]) {
      const fan = course[side];
      for (const [low, high] of [[0, 4], [1, 3]]) {
        parts.push(el("path", { d: `M${line(fan[high])}L${line(fan[low], true)}Z`, class: `band ${side}` }));
      }
      parts.push(el("path", { d: `M${line(fan[2])}`, class: `curve ${side}` }));
    }
    parts.push(...this.moments(made.orders ?? this.orders ?? [], x));
    this.orders = made.orders ?? this.orders;
    this.back.replaceChildren(...parts);
    this.svg.setAttribute("aria-label", `Deaths up to each moment, median and middle 50 and 90 % of runs: ${number(course.ours[2].at(-1))} with the variant, ${number(course.theirs[2].at(-1))} without, at the end.`);
    this.place();
  }

  *days(x) {
    const start = new Date(Date.parse(`${this.setting.start}Z`));
    const first = (24 - start.getUTCHours() - start.getUTCMinutes() / 60) % 24;
    const every = Math.max(1, Math.ceil(this.end / 24 / ((this.right - this.left) / 58)));
    let n = 0;
    for (let hour = first; hour <= this.end; hour += 24, n += 1) {
      if (n % every) continue;
      yield el("line", { x1: x(hour), x2: x(hour), y1: this.floor, y2: this.floor + 5, class: "axis" });
      if (x(hour) < this.right - 14) yield label(day(this.setting.start, hour), x(hour), this.floor + 18, { class: "tick middle" });
    }
    yield el("line", { x1: this.left, x2: this.right, y1: this.floor, y2: this.floor, class: "axis" });
  }

  /** Marks of orders; each is named where there is room, and when it is pointed at. */
  *moments(orders, x) {
    const own = orders.filter((each) => each.side === "ours" && each.middle <= this.end && `orders.${each.order}.trigger.at` !== this.control?.path);
    let taken = -1e9;
    for (const each of own.sort((a, b) => a.middle - b.middle)) {
      const at = x(each.middle);
      const about = `${each.label}: ${time(this.setting.start, each.middle)}${each.share < 0.995 ? `, in ${Math.round(100 * each.share)} % of runs` : ""}`;
      yield el("g", { class: "moment" }, el("title", {}, about), el("path", { d: `M${at} ${this.floor - 1}l-4 8h8z` }));
      const width = each.label.length * 5.6;
      if (at - 2 > taken && at + width < this.right) {
        yield label(each.label, at, this.floor + 31, { class: "tick small" });
        taken = at + width + 10;
      }
    }
  }

  place() {
    const { control, handle } = this;
    if (!control) return;
    const words = time(this.setting.start, this.value);
    handle.setAttribute("aria-valuenow", this.value);
    handle.setAttribute("aria-valuetext", words);
    const at = Math.min(Math.max(this.x(this.value), this.left), this.right);
    const text = `${control.label.replace(/: time$/, "")}: ${words}`;
    const hint = this.touched ? "" : "  ↔ drag me";
    const wide = (text.length + hint.length) * 6.7 + 22;
    const from = Math.min(Math.max(at - wide / 2, 2), this.width - wide - 2);
    handle.replaceChildren(
      el("rect", { x: at - 14, y: 8, width: 28, height: this.floor, class: "grip" }),
      el("line", { x1: at, x2: at, y1: 36, y2: this.floor }),
      el("rect", { x: from, y: 6, width: wide, height: 28, rx: 14, class: "bubble" }),
      label(text + hint, from + wide / 2, 25, { class: "middle" }),
      el("circle", { cx: at, cy: 48, r: 9 }),
      el("path", { d: `M${at - 2.5} 44l-3.5 4l3.5 4M${at + 2.5} 44l3.5 4l-3.5 4`, class: "arrows" }),
    );
  }
}
