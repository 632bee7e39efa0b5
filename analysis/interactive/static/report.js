/** The moving pictures of a report: the same as on the page, of runs that are stored. */

import { Course, MEASURES, distribution, map, pairs } from "./charts.js";
import { Player } from "./play.js";
import { byId, el } from "./svg.js";

const data = JSON.parse(byId("live-data").textContent);
const view = { scenario: Object.keys(data.scenarios)[0], measure: "killed", whole: false };

function draw() {
  const { setting, made, run } = data.scenarios[view.scenario];
  const names = { ours: view.scenario, theirs: data.baseline };
  for (const side of ["ours", "theirs"]) {
    for (const each of document.querySelectorAll(`.${side}-name`)) each.textContent = names[side];
  }
  const room = (id) => Math.max(260, byId(id).clientWidth);
  const course = new Course(byId("live-course"), setting);
  course.draw(made, room("live-course"), view.whole ? setting.length : Math.min(168, setting.length), false);
  byId("live-distribution").replaceChildren(distribution(made.killed, names, { width: room("live-distribution"), top: 0 }));
  byId("live-pairs").replaceChildren(pairs(made, room("live-pairs")));
  byId("live-map").replaceChildren(map(setting, made.places, view.measure, Math.min(room("live-map"), 560)));
  byId("live-key").textContent = `${MEASURES[view.measure]}.`;
  if (!draw.player || draw.player.setting !== setting) {
    draw.player = new Player(byId("live-player"), setting);
    draw.player.show(run);
  }
}

/** @param {string} id @param {Object<string, string>} words @param {(key: string) => void} chosen @param {string} first */
function choice(id, words, chosen, first) {
  byId(id).append(...Object.entries(words).map(([key, text]) => el("button", { type: "button", "aria-pressed": String(key === first), onclick: (event) => {
    for (const each of event.target.parentElement.children) each.setAttribute("aria-pressed", String(each === event.target));
    chosen(key);
    draw();
  } }, text)));
}

const titles = Object.fromEntries(Object.entries(data.scenarios).map(([key, each]) => [key, each.setting.title]));
if (Object.keys(titles).length > 1) choice("live-scenarios", titles, (key) => (view.scenario = key), view.scenario);
choice("live-span", { "": "first week", all: "whole run" }, (key) => (view.whole = Boolean(key)), "");
choice("live-measures", { killed: "killed", difference: "difference", chance: "chance of any" }, (key) => (view.measure = key), "killed");
draw();
addEventListener("resize", () => requestAnimationFrame(draw));
