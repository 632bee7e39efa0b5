/** The laboratory: what is asked of the server, and what is done with its answers. */

import { Course, MEASURES, distribution, map, pairs, shown } from "./charts.js";
import { number, value as inWords } from "./format.js";
import { Player } from "./play.js";
import { byId, el } from "./svg.js";

const QUICK = 40; // pairs of runs while a number moves
const REST = 350; // milliseconds after which a number is at rest
const FOUND = 12;

/** What is shown now. `text` is the variant; `values` are numbers laid over it that it does not hold yet. */
const lab = {
  name: "", text: "", values: {}, opened: null, made: null, measure: "killed", course: null, player: null,
  top: 0, looked: new Set(), edits: 0, whole: false, wanted: null, aside: new AbortController(), flying: false, version: 0, rest: 0, dragging: false,
};

/** @param {string} what @param {any} asked @returns {Promise<Response>} */
const post = (what, asked, signal) => fetch(`api/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked), signal });

/** What every question says. */
const asked = () => ({
  scenario: lab.name, text: lab.text, values: lab.values, reference: byId("reference").value,
  runs: Number(byId("runs").value), whole_from: Number(byId("runs").value), seed: Number(byId("seed").value) || 0,
});

/** @param {string} words @param {boolean} [bad] */
function say(words, bad = false) {
  byId("state").textContent = words;
  byId("state").classList.toggle("bad", bad);
}

/** Ask until the engine is ready. @param {string} what @param {any} question @param {AbortSignal} [signal] @returns {Promise<any>} */
async function answer(what, question, signal) {
  for (;;) {
    let made;
    try {
      made = await (await post(what, question, signal)).json();
    } catch {
      if (signal?.aborted) return { cancelled: true };
      throw new Error("The laboratory has been ended. Start it again with: reprisal lab");
    }
    if (made.error) throw new Error(made.error);
    if (!("preparing" in made)) return made;
    say(made.preparing ? "Compiling the engine, which is done once and takes about a minute …" : "Loading the engine …");
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** Open a scenario. @param {string} name @param {any} [state] from the address */
async function open(name, state = {}) {
  const opened = await answer("open", { scenario: name });
  Object.assign(lab, { name, opened, text: opened.text, values: state.values ?? {}, made: null, top: 0, looked: new Set(), edits: lab.edits + 1 });
  const { setting } = opened;
  byId("scenario").replaceChildren(...groups(opened.scenarios, name));
  byId("reference").replaceChildren(...opened.references.map((each) => el("option", { value: each.key }, each.label)));
  byId("reference").value = state.reference ?? opened.reference;
  byId("question").textContent = setting.question;
  byId("text").value = lab.text;
  const handle = opened.controls.find((each) => each.path === opened.handle);
  lab.course = new Course(byId("course"), setting, handle, (hours, done) => move(handle, hours, done));
  lab.player = new Player(byId("player"), setting);
  byId("controls").replaceChildren(...opened.controls.filter((each) => each.main).map(control));
  search();
  document.title = `${setting.title} · Reprisal`;
  ask(false, true);
}

/** @param {any[]} scenarios @param {string} chosen */
function groups(scenarios, chosen) {
  const names = [...new Set(scenarios.map((each) => each.group))];
  return names.map((group) => el("optgroup", { label: group }, ...scenarios.filter((each) => each.group === group).map((each) =>
    el("option", { value: each.name, selected: each.name === chosen }, each.name))));
}

/** One number with its slider. @param {any} it */
function control(it) {
  const id = `c-${it.path}`;
  const { setting } = lab.opened;
  const words = (v) => inWords(it, v, setting.start);
  const unit = ["-", "share", "duration", "per day", "local time"].includes(it.unit) ? "" : it.unit;
  const range = it.plausible ? `plausible ${words(it.low)} to ${words(it.high)}` : it.kind === "local time" ? "" : "no range known";
  const beaten = it.beaten_in.map((key) => setting.provinces.find((each) => each.key === key)?.label ?? key);
  const about = [unit, beaten.length && `not in ${beaten.join(", ")}, which has its own`, range, it.source && `source: ${it.source}`].filter(Boolean).join(" · ");
  const slider = el("input", { type: "range", id, min: it.low, max: it.high, step: it.step, value: it.value, "aria-describedby": `${id}-about` });
  slider.addEventListener("input", () => move(it, Number(slider.value), false));
  const holder = el("div", { class: "control", title: it.description },
    el("label", { for: id }, it.label), el("output", { for: id }),
    el("button", { type: "button", "aria-label": `${it.label}: as in the file`, onclick: () => move(it, it.value, true) }, "reset"),
    slider, el("small", { id: `${id}-about`, title: about }, about));
  holder.update = (v) => {
    if (document.activeElement !== slider || !lab.dragging) slider.value = v;
    slider.setAttribute("aria-valuetext", words(v));
    holder.querySelector("output").textContent = words(v);
    holder.classList.toggle("moved", Math.abs(v - it.value) > 1e-9);
  };
  holder.path = it.path;
  holder.update(current(it));
  return holder;
}

/** Value of a control now. @param {any} it */
const current = (it) => lab.values[it.path] ?? lab.made?.values[it.path] ?? it.value;

/** Move a number. @param {any} it @param {number} to @param {boolean} done */
function move(it, to, done) {
  lab.values = { ...lab.values, [it.path]: Math.abs(to - it.value) < it.step / 1000 ? it.value : to };
  refresh();
  ask(false, done);
}

/** Bring all sliders and the handle to their values. */
function refresh() {
  for (const holder of document.querySelectorAll(".control")) {
    const it = lab.opened.controls.find((each) => each.path === holder.path);
    holder.update(current(it));
  }
  const { control: handle } = lab.course;
  if (handle && !lab.course.dragging) lab.course.set(current(handle));
}

/**
 * Ask for a picture: few pairs while a number moves, all at rest. One question flies, the newest waits.
 * @param {boolean} whole @param {boolean} [done] whether the number has come to rest
 */
function ask(whole, done = false) {
  document.body.dataset.version = lab.version += 1;
  lab.aside.abort(); // what follows at rest makes room for what moves
  lab.aside = new AbortController();
  lab.dragging = !whole;
  clearTimeout(lab.rest);
  if (!whole) lab.rest = setTimeout(() => ask(true), done ? 60 : REST);
  lab.wanted = { runs: whole ? asked().runs : QUICK, version: lab.version };
  if (!lab.flying) fly();
}

async function fly() {
  lab.flying = true;
  document.body.classList.add("busy");
  while (lab.wanted) {
    const { runs, version } = lab.wanted;
    lab.wanted = null;
    const [question, edits] = [{ ...asked(), runs }, lab.edits];
    try {
      const made = await answer("draw", question);
      if (made.problems) problems(made.problems);
      else if (!made.cancelled) arrived(made, question, version, edits);
    } catch (error) {
      say(error.message, true);
    }
  }
  lab.flying = false;
  document.body.classList.remove("busy");
}

/** A picture has come. A text that was edited meanwhile stays, and so do numbers that were moved. */
function arrived(made, question, version, edits) {
  const all = question.runs === asked().runs;
  const newest = version === lab.version;
  if (edits === lab.edits) {
    lab.text = made.text;
    byId("text").value = made.text;
    if (lab.values === question.values) lab.values = {};
  }
  lab.made = { ...lab.made, ...made };
  problems([]);
  if (newest) refresh();
  draw(made, !all);
  document.body.dataset.drawn = Number(document.body.dataset.drawn ?? 0) + 1;
  document.body.dataset.runs = question.runs;
  if (all && newest) settled(made);
}

/** Everything that follows once a number is at rest. */
function settled(made) {
  lab.looked.add(made.digest);
  const many = lab.looked.size > 4 ? ` You have looked at ${lab.looked.size} settings: before you believe a difference, save it and run it with another seed.` : "";
  say(many.trim());
  document.body.dataset.settled = lab.version;
  remember();
  const { version } = lab;
  answer("numbers", asked(), lab.aside.signal).then((found) => {
    if (version !== lab.version || found.cancelled) return;
    made.answer.numbers = found.numbers || found.why;
    bands(made.answer);
    document.body.dataset.numbers = version;
  }).catch((error) => say(error.message, true));
  if (version === lab.version) play(-1);
}

/** @param {number} replicate -1 for the typical run */
async function play(replicate) {
  const { version } = lab;
  const run = await answer("play", { ...asked(), replicate }, lab.aside.signal).catch(() => null);
  if (!run || run.cancelled || version !== lab.version) return;
  byId("replicate").value = run.replicate;
  lab.player.show(run);
  document.body.dataset.played = version;
}

/** Draw everything. @param {any} made @param {boolean} quick */
function draw(made, quick) {
  const names = { ours: made.ours, theirs: made.theirs };
  for (const side of ["ours", "theirs"]) {
    for (const each of document.querySelectorAll(`.${side}-name`)) each.textContent = names[side];
  }
  headline(made);
  bands(made.answer);
  byId("shares").textContent = quick
    ? `${made.pairs} pairs of runs so far; more follow when you stop.`
    : `${made.answer.pairs} of ${made.pairs} pairs of runs with the same random numbers · median ${made.answer.medians}`;
  const room = (id) => Math.max(260, byId(id).clientWidth);
  const edge = made.killed.edges.at(-1);
  lab.top = quick ? Math.max(lab.top, edge) : edge;
  byId("distribution").replaceChildren(distribution(made.killed, names, { width: room("distribution"), top: lab.top }));
  byId("pairs").replaceChildren(pairs(made, room("pairs")));
  lab.course.draw(made, room("course"), lab.whole ? lab.opened.setting.length : week(), quick);
  where(lab.made);
  if (made.outcomes) byId("outcomes").replaceChildren(outcomes(made));
}

/** Hours that the course shows: those in which the handle moves, at most the run. */
const week = () => Math.min(lab.opened.setting.length, lab.course.control?.high ?? 168);

function headline(made) {
  const words = made.answer.headline;
  const amount = words.match(/^(as many|[\d.,]+ (?:fewer|more)) people/)?.[0] ?? "";
  const than = amount.startsWith("as many") ? " as " : " than ";
  byId("headline").replaceChildren("With ", el("strong", { class: "ours" }, made.ours), ", ", el("strong", {}, amount),
    words.slice(amount.length), than, el("strong", { class: "theirs" }, made.than), ".");
}

function bands({ chance, numbers }) {
  byId("bands").replaceChildren(
    el("span", {}, el("em", {}, "Chance alone (95 %): "), chance),
    el("span", {}, el("em", {}, "Numbers we do not know (95 %): "), numbers === "–" ? "…" : numbers));
}

function where(made) {
  const { setting } = lab.opened;
  const wide = Math.max(260, byId("map").clientWidth);
  byId("map").replaceChildren(map(setting, made.places, lab.measure, wide));
  byId("map-key").textContent = MEASURES[lab.measure] + (lab.measure === "difference" ? ". Framed: the interval leaves out zero." : ".");
  const rows = made.places.map((row, n) => {
    const [, low, high] = row.difference;
    const span = low === null ? "" : `${number(low)} to ${number(high)}`;
    return el("tr", {}, el("th", { scope: "row" }, setting.provinces[n].label),
      ...["killed", "chance", "difference"].map((each) => el("td", {}, shown(each, row))), el("td", {}, span));
  });
  const head = ["Province", "Killed", "Any", "Difference", "95 %"].map((each) => el("th", { scope: "col" }, each));
  byId("table").replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)));
}

function outcomes(made) {
  const rows = made.outcomes.map((each) => el("tr", {}, el("th", { scope: "row" }, `${each.title} (${each.unit})`),
    el("td", {}, each.theirs), el("td", {}, each.ours), el("td", { class: each.clear ? "clear" : "" }, each.difference), el("td", {}, each.interval)));
  const head = ["Outcome", made.theirs, made.ours, "Difference", "95 %"].map((each) => el("th", { scope: "col" }, each));
  return el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
}

/** Show what is wrong with the text; the last good picture stays, dimmed. @param {any[]} found */
function problems(found) {
  document.body.classList.toggle("stale", found.length > 0);
  byId("text").setAttribute("aria-invalid", found.length > 0);
  byId("problems").replaceChildren(...found.map((each) => el("li", {}, each.line
    ? el("button", { type: "button", onclick: () => jump(each.line, each.column) }, each.text)
    : each.text)));
  if (found.length) say("The picture is of the last text that was right.", true);
  else if (byId("state").classList.contains("bad")) say("");
}

/** @param {number} line @param {number} column */
function jump(line, column) {
  const area = byId("text");
  const lines = area.value.split("\n");
  const from = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  area.focus();
  area.setSelectionRange(from, from + Math.max(1, lines[line - 1].length - column + 1));
}

/** List the numbers that a search finds. */
function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const others = lab.opened.controls.filter((each) => !each.main);
  const found = others.filter((each) => words.every((word) => `${each.label} ${each.path} ${each.description}`.toLowerCase().includes(word)));
  const more = found.length > FOUND ? [el("small", {}, `${found.length - FOUND} more; search to find them.`)] : [];
  byId("found").replaceChildren(...found.slice(0, FOUND).map(control), ...more);
  byId("others").querySelector("summary").textContent = `All other numbers (${others.length})`;
}

/** Keep scenario, values and seed in the address, so that a reload shows the same. */
function remember() {
  const state = { scenario: lab.name, reference: byId("reference").value, seed: byId("seed").value, values: lab.made.values };
  history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(state))}`);
}

/** @param {string} what @param {any} more @param {string} file @param {string} type */
async function download(what, more, file, type) {
  say("Drawing …");
  try {
    const reply = await post(what, { ...asked(), ...more });
    if (reply.headers.get("content-type") === "application/json") throw new Error((await reply.json()).error);
    const link = el("a", { href: URL.createObjectURL(new Blob([await reply.arrayBuffer()], { type })), download: file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
    say(`${file} is in your downloads.`);
  } catch (error) {
    say(error.message, true);
  }
}

function listen() {
  byId("scenario").onchange = () => open(byId("scenario").value).catch((error) => say(error.message, true));
  for (const id of ["reference", "runs", "seed"]) byId(id).onchange = () => ask(true);
  byId("reset").onclick = () => {
    Object.assign(lab, { text: lab.opened.text, values: {}, edits: lab.edits + 1 });
    byId("text").value = lab.text;
    if (lab.made) lab.made.values = {};
    refresh();
    ask(true);
  };
  let typing = 0;
  byId("text").oninput = () => {
    clearTimeout(typing);
    lab.edits += 1;
    typing = setTimeout(() => {
      Object.assign(lab, { text: byId("text").value, values: {} });
      ask(true);
    }, 250);
  };
  byId("search").oninput = search;
  byId("window").onclick = () => {
    lab.whole = !lab.whole;
    byId("window").setAttribute("aria-pressed", lab.whole);
    if (lab.made) draw(lab.made, false);
  };
  document.querySelector(".tabs").append(...Object.entries({ killed: "killed", difference: "difference", chance: "chance of any" }).map(([key, words]) =>
    el("button", { type: "button", "aria-pressed": String(key === lab.measure), onclick: (event) => {
      lab.measure = key;
      for (const each of event.target.parentElement.children) each.setAttribute("aria-pressed", each === event.target);
      where(lab.made);
    } }, words)));
  byId("typical").onclick = () => play(-1);
  byId("replicate").onchange = () => play(Number(byId("replicate").value));
  byId("figure").onchange = () => {
    const format = byId("figure").value;
    byId("figure").value = "";
    if (format) download("figure", { format }, `${lab.name}-killed.${format}`, { pdf: "application/pdf", svg: "image/svg+xml", png: "image/png" }[format]);
  };
  byId("report").onclick = () => download("report", {}, `${lab.name}-report.html`, "text/html");
  byId("save").onclick = () => {
    byId("saved").textContent = "";
    byId("saving").showModal();
  };
  byId("close").onclick = () => byId("saving").close();
  byId("saving").querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    save();
  };
  new ResizeObserver(() => lab.made && requestAnimationFrame(() => draw(lab.made, false))).observe(document.querySelector("main"));
}

async function save() {
  try {
    const made = await answer("save", { ...asked(), values: {}, name: byId("name").value });
    if (made.problems) byId("saved").replaceChildren(made.problems.map((each) => each.text).join("\n"));
    else byId("saved").replaceChildren(`Saved as ${made.file}. Run it with other random numbers: `, el("code", {}, made.command));
  } catch (error) {
    byId("saved").textContent = error.message;
  }
}

async function begin() {
  listen();
  let state = {};
  try {
    state = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  } catch { /* no state in the address */ }
  history.replaceState(null, "", location.pathname + location.hash);
  const { scenario } = await (await fetch("api/first")).json();
  if (state.seed) byId("seed").value = state.seed;
  await open(state.scenario ?? scenario, state);
}

begin().catch((error) => say(error.message, true));
