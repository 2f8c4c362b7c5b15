"use strict";

// Text goes into the page as text only: textContent and createElement, never as markup.
function make(name, text, attributes) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  return element;
}

function anchor() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
}

function search() {
  const field = document.getElementById("search");
  if (!field) return;
  const stage = document.getElementById("stage");
  const count = document.getElementById("count");
  const rows = [...document.querySelectorAll("#models tbody tr")].map((row) => ({
    row, words: row.dataset.words.toLowerCase(), stages: row.dataset.stages.split(" "),
  }));
  function narrow() {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of rows) {
      const fits = wanted.every((word) => one.words.includes(word))
        && (!stage.value || one.stages.includes(stage.value));
      one.row.hidden = !fits;
      shown += fits;
    }
    count.textContent = shown === 1 ? "1 model" : `${shown} models`;
  }
  field.addEventListener("input", narrow);
  stage.addEventListener("change", narrow);
  narrow();
}

function verdict(old, now, better) {
  if (old === now) return ["same", ""];
  if (!better) return [now > old ? "higher" : "lower", ""];
  const good = better === "higher" ? now > old : now < old;
  return good ? ["better", "better"] : ["worse", "worse"];
}

function change(old, now) {
  if (old === 0) return "";
  if (old === now) return "";
  const percent = ((now - old) / Math.abs(old)) * 100;
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(1)}%`;
}

function figures(data, from, to) {
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const text of ["Figure", from, to, "Change", "Verdict"]) head.append(make("th", text, { scope: "col" }));
  const body = table.createTBody();
  for (const [name, label, better] of data.figures) {
    const old = data.versions[from].figures[name];
    const now = data.versions[to].figures[name];
    if (!old && !now) continue;
    const row = body.insertRow();
    row.append(make("th", label, { scope: "row" }));
    row.append(make("td", old ? old[1] : "-"), make("td", now ? now[1] : "-"));
    if (old && now) {
      const [word, look] = verdict(old[0], now[0], better);
      row.append(make("td", change(old[0], now[0])), make("td", word, look ? { class: look } : {}));
    } else {
      row.append(make("td", ""), make("td", old ? "no longer recorded" : "new"));
    }
  }
  return body.rows.length ? table : make("p", "Neither version has figures.");
}

function compare() {
  const source = document.getElementById("compared");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const place = document.getElementById("comparison");
  const from = document.getElementById("from");
  const to = document.getElementById("to");
  function show() {
    const before = new Set(data.versions[from.value].features);
    const after = new Set(data.versions[to.value].features);
    const added = [...after].filter((one) => !before.has(one));
    const removed = [...before].filter((one) => !after.has(one));
    place.replaceChildren(figures(data, from.value, to.value));
    if (added.length) place.append(make("p", `Features added: ${added.join(", ")}`));
    if (removed.length) place.append(make("p", `Features removed: ${removed.join(", ")}`));
  }
  function choose() {
    const [word, old, now] = anchor().split(":");
    if (word === "compare" && data.versions[old] && data.versions[now]) {
      from.value = old;
      to.value = now;
      document.getElementById("compare").scrollIntoView();
    }
    show();
  }
  function chosen() {
    history.replaceState(null, "", `#compare:${from.value}:${to.value}`);
    show();
  }
  from.addEventListener("change", chosen);
  to.addEventListener("change", chosen);
  window.addEventListener("hashchange", choose);
  choose();
}

function opened() {
  const name = anchor();
  const section = name && document.getElementById(name);
  const details = section && section.querySelector("details");
  if (details) { details.open = true; section.scrollIntoView(); }
}

search();
compare();
opened();
window.addEventListener("hashchange", opened);
