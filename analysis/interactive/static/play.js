/** One run, hour by hour: a map on which it happens, and a log that says it. */

import { layout } from "./charts.js";
import { number, time } from "./format.js";
import { el, label, picture } from "./svg.js";

export const GROUPS = ["#0072b2", "#b3470a", "#1b7a4b", "#8a3b8f", "#5c6670", "#a3224a", "#7a5c00", "#2b4a9b"];
const RECENT = 6; // hours for which an engagement is shown
const LETTERS = { mobilised: "M", "standing down": "S" };
const LOG = 14;

export class Player {
  /** @param {HTMLElement} holder @param {any} setting */
  constructor(holder, setting) {
    Object.assign(this, { setting, hour: 0, timer: 0, run: null });
    this.labels = Object.fromEntries([...setting.provinces, ...setting.groups].map((each) => [each.key, each.label]));
    this.order = setting.groups.map((each) => each.key);
    this.button = el("button", { type: "button", class: "strong", onclick: () => (this.timer ? this.stop() : this.start()) }, "Play");
    this.slider = el("input", { type: "range", min: 0, value: 0, "aria-label": "Hour of the run", oninput: () => this.at(Number(this.slider.value)) });
    this.now = el("p", { class: "now", role: "status" });
    this.place = el("div", { class: "stage" });
    this.log = el("ol", { class: "log", tabindex: 0, "aria-label": "What happened, the newest first" });
    const key = el("p", { class: "key" });
    for (const group of setting.groups) {
      key.append(el("span", { class: `dot g${this.order.indexOf(group.key) % GROUPS.length}` }), `${group.label} `);
    }
    this.more = el("span");
    key.append(this.more);
    holder.replaceChildren(
      el("div", { class: "controls" }, this.button, this.slider, this.now),
      el("div", { class: "two" }, this.place, this.log), key,
    );
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
  }

  /** @param {any} run as `sim.batch.play` gives it */
  show(run) {
    this.stop();
    this.run = run;
    this.slider.max = run.ticks - 1;
    this.more.textContent = run.stances.length ? "· M mobilised · S standing down · bars: security forces sent" : "";
    // The log is read from the end where nothing moves by itself.
    const busy = run.engagements.find((each) => each.killed > 0)?.tick ?? 0;
    this.at(Math.min(busy + 12, run.ticks - 1));
  }

  start() {
    if (!this.run) return;
    if (this.hour >= this.run.ticks - 1) this.at(0);
    this.timer = setInterval(() => (this.hour < this.run.ticks - 1 ? this.at(this.hour + 1) : this.stop()), 140);
    this.button.textContent = "Pause";
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.button.textContent = "Play";
  }

  /** @param {number} tick */
  at(tick) {
    const { run, setting } = this;
    if (!run) return;
    this.hour = tick;
    this.slider.value = tick;
    const past = run.engagements.filter((each) => each.tick <= tick);
    const dead = past.reduce((sum, each) => sum + each.killed, 0);
    const words = `${time(setting.start, tick * run.tick)} · ${number(dead)} killed so far`;
    this.slider.setAttribute("aria-valuetext", words);
    this.now.textContent = words;
    this.draw(past, tick);
    this.tell(past, tick);
  }

  draw(past, tick) {
    const width = Math.min(Math.max(300, this.place.clientWidth || 560), 620);
    const { places, height } = layout(this.setting, width);
    const by = Object.fromEntries(places.map((each) => [each.key, each]));
    const recent = past.filter((each) => (tick - each.tick) * this.run.tick < RECENT);
    const total = {};
    for (const each of past) total[each.province] = (total[each.province] ?? 0) + each.killed;
    const latest = (rows, key) => rows.filter((each) => each.tick <= tick).reduce((kept, each) => kept.set(key(each), each), new Map());
    const forces = latest(this.run.forces, (each) => each.province);
    const most = Math.max(...this.run.forces.map((each) => each.deployed), 1);
    const stances = [...latest(this.run.stances, (each) => `${each.province} ${each.group}`).values()].filter((each) => each.stance in LETTERS);
    const ground = places.map((each) => {
      each.shape.setAttribute("class", recent.some((one) => one.province === each.key) ? "ground hot" : "ground");
      return each.shape;
    });
    const over = places.flatMap((each) => {
      const found = [];
      const deployed = forces.get(each.key)?.deployed ?? 0;
      if (deployed) found.push(el("rect", { x: each.x - 17, y: each.y + 8 - (26 * deployed) / most, width: 4, height: (26 * deployed) / most, class: "force" }));
      if (total[each.key]) found.push(label(number(total[each.key]), each.x, each.y + 8, { class: "dead middle halo" }));
      stances.filter((one) => one.province === each.key).forEach((one, n) => {
        const [x, y] = [each.x - 5 + (n % 3) * 14, each.y + 20 + Math.floor(n / 3) * 14];
        found.push(el("g", {}, el("title", {}, `${this.labels[one.group]} in ${each.label}: ${one.stance}`),
          el("circle", { cx: x, cy: y, r: 6.5, class: `g${this.order.indexOf(one.group) % GROUPS.length}` }),
          label(LETTERS[one.stance], x, y + 3.2, { class: "letter middle" })));
      });
      return found;
    });
    const known = new Map(past.map((each) => [each.id, each]));
    const arcs = recent.flatMap((each) => {
      const cause = known.get(each.parent);
      const [a, b] = [by[each.province], cause && by[cause.province]];
      if (!b || a === b) return [];
      const [x, y] = [(a.x + b.x) / 2 + (b.y - a.y) / 4, (a.y + b.y) / 2 + (a.x - b.x) / 4];
      return [el("path", { d: `M${a.x} ${a.y}Q${x} ${y} ${b.x} ${b.y}`, class: "arc" }), el("circle", { cx: b.x, cy: b.y, r: 3, class: "arc" })];
    });
    const rings = recent.map((each) => {
      const at = by[each.province];
      const age = ((tick - each.tick) * this.run.tick) / RECENT;
      return el("circle", { cx: at.x, cy: at.y, r: 8 + 18 * age, "stroke-opacity": (1 - age).toFixed(2), class: `ring g${this.order.indexOf(each.attacker) % GROUPS.length}` });
    });
    this.place.replaceChildren(picture(width, height, this.now.textContent, ...ground, ...arcs, ...rings, ...over));
  }

  tell(past, tick) {
    const { setting, run, labels } = this;
    const numbers = new Map(past.map((each, n) => [each.id, n + 1]));
    const told = past.map((each, n) => {
      const cause = each.parent >= 0 ? `, in answer to ${numbers.get(each.parent) ?? "an earlier one"}` : "";
      const dead = each.killed ? `${each.killed} killed` : "nobody killed";
      return [each.tick, `${n + 1}. ${labels[each.attacker]} against ${labels[each.target]} in ${labels[each.province]}: ${dead}${cause}.`, each.killed ? "deadly" : ""];
    });
    for (const each of run.orders.filter((one) => one.tick <= tick && one.order)) {
      const where = each.province ? ` in ${labels[each.province]}` : "";
      told.push([each.tick, `${(labels[each.group] ?? "").concat(": ").replace(/^: /, "")}${each.order.replaceAll("_", " ")} (${each.action.replaceAll("_", " ")})${where}.`, "order"]);
    }
    told.sort((a, b) => b[0] - a[0]);
    this.log.replaceChildren(...told.slice(0, LOG).map(([when, text, kind]) =>
      el("li", { class: kind }, el("time", {}, time(setting.start, when * run.tick)), text)));
  }
}
