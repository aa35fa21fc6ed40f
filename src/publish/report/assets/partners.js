// The partner table: a window of rows over the columns of partners-data.js. The state stands in the address's hash.
(function () {
  "use strict";

  const data = window.attachratePartners;
  const app = document.getElementById("app");
  if (!data || !app) return;

  const PAGE_ROWS = 100;
  const DEFAULTS = {
    q: "", verdict: "", evidence: "", flag: "", action: "", manager: "", region: "", country: "", sort: "gap", dir: "desc", page: 1,
  };
  const FILTERS = ["q", "verdict", "evidence", "flag", "action", "manager", "region", "country"];
  const TEXT_COLUMNS = ["name", "manager", "region", "country", "verdict"];
  const rows = data.id.length;
  const number = new Intl.NumberFormat("en-US");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const field = (name) => document.getElementById(name);
  const body = document.querySelector("#partners tbody");
  const headers = Array.from(document.querySelectorAll("#partners th button"));

  // A digit for each row.
  ["verdict", "evidence", "flag"].forEach((name) => { data[name] = Uint8Array.from(data[name], (digit) => parseInt(digit, 16)); });

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const haystack = data.id.map((id, row) =>
    fold([data.name[row], id, data.hq[row] || id, data.managers[data.manager[row]]].join("\n")));

  // Dictionaries are sorted, so an index sorts as its text does; names are ranked once, when they are first sorted by.
  let nameRank = null;
  function rankOfNames() {
    if (!nameRank) {
      const order = Array.from({ length: rows }, (_, row) => row);
      order.sort((a, b) => collator.compare(data.name[a], data.name[b]) || a - b);
      nameRank = new Int32Array(rows);
      order.forEach((row, rank) => { nameRank[row] = rank; });
    }
    return nameRank;
  }

  let state = readHash();
  let matches = [];

  function readHash() {
    const params = new URLSearchParams(location.hash.slice(1));
    const read = Object.assign({}, DEFAULTS);
    FILTERS.forEach((key) => { read[key] = params.get(key) || ""; });
    if (headers.some((button) => button.dataset.sort === params.get("sort"))) read.sort = params.get("sort");
    if (params.get("dir") === "asc" || params.get("dir") === "desc") read.dir = params.get("dir");
    read.page = Math.max(1, parseInt(params.get("page"), 10) || 1);
    return read;
  }

  function writeHash() {
    const params = new URLSearchParams();
    Object.keys(DEFAULTS).forEach((key) => {
      if (String(state[key]) !== String(DEFAULTS[key])) params.set(key, state[key]);
    });
    const hash = params.toString();
    if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  }

  function fill(name, values) {
    values.forEach(([value, label]) => field(name).add(new Option(label, value)));
  }

  function select() {
    const query = fold(state.q).trim().replace(/\s+/g, " ");
    const coded = (entries, code) => entries.findIndex((entry) => entry[0] === code);
    const wanted = [
      ["verdict", coded(data.verdicts, state.verdict)], ["evidence", coded(data.evidences, state.evidence)],
      ["action", data.actions.indexOf(state.action)], ["manager", data.managers.indexOf(state.manager)],
      ["region", data.regions.indexOf(state.region)], ["country", data.countries.indexOf(state.country)],
    ].filter(([key]) => state[key]).map(([key, place]) => [data[key], place]);
    const bit = state.flag ? 1 << coded(data.flags, state.flag) : 0;
    matches = [];
    for (let row = 0; row < rows; row++) {
      if (bit && !(data.flag[row] & bit)) continue;
      if (wanted.every(([column, place]) => column[row] === place) && haystack[row].includes(query)) matches.push(row);
    }
    const column = state.sort === "name" ? rankOfNames() : data[state.sort];
    const sign = state.dir === "asc" ? 1 : -1;
    // Without an index comes last in both directions; equal values keep the order of partner ids.
    matches.sort((a, b) => {
      const left = column[a];
      const right = column[b];
      if (left === null || right === null) return (left === null) - (right === null) || a - b;
      return sign * (left - right) || a - b;
    });
  }

  function cell(text, className) {
    const td = document.createElement("td");
    td.textContent = text;
    if (className) td.className = className;
    return td;
  }

  function amount(value, symbol) {
    return (value < 0 ? "\u2212" : "") + symbol + number.format(Math.abs(value));
  }

  function indexText(value) {
    if (value === null) return "–";
    return (value < 0 ? "\u2212" : "") + (Math.abs(value) / 100).toFixed(2);
  }

  // What a reader must know beside the verdict. That every reading agrees is the good case, and has a filter only.
  function marks(row) {
    const evidence = data.evidences[data.evidence[row]];
    const flags = data.flags.filter((flag, place) => flag[0] !== "robust" && data.flag[row] & (1 << place)).map((flag) => flag[1]);
    return (evidence[0] === "none" ? flags : [evidence[1], ...flags]).join(", ");
  }

  function isolated(tag, text) {
    const bdi = document.createElement("bdi");
    bdi.textContent = text;
    const element = document.createElement(tag);
    element.append(bdi);
    return element;
  }

  function tableRow(row) {
    const tr = document.createElement("tr");
    const id = data.id[row];
    const head = document.createElement("th");
    head.scope = "row";
    const link = isolated("a", data.name[row]);
    link.href = data.pages[row] || "partners/" + encodeURIComponent(id) + ".html";
    const note = document.createElement("span");
    note.className = "id";
    note.textContent = data.hq[row] ? id + ", part of " + data.hq[row] : id;
    head.append(link, " ", note);
    const verdict = document.createElement("td");
    verdict.className = "verdict";
    const badge = document.createElement("span");
    badge.className = "v v-" + data.verdicts[data.verdict[row]][0];
    badge.textContent = data.verdicts[data.verdict[row]][1];
    verdict.append(badge);
    const notes = marks(row);
    if (notes) {
      const note = document.createElement("span");
      note.className = "id";
      note.textContent = notes;
      verdict.append(" ", note);
    }
    tr.append(head, verdict, cell(indexText(data.index[row]), "n"), cell(amount(data.gap[row], data.symbols[1]), data.gap[row] > 0 ? "n strong" : "n"),
      cell(number.format(data.packs[row]), "n"), cell(amount(data.expected[row], data.symbols[0]), "n"), cell(amount(data.services[row], data.symbols[0]), "n"),
      cell(amount(data.hardware[row], data.symbols[0]), "n"), isolated("td", data.managers[data.manager[row]]),
      cell(data.regions[data.region[row]]), cell(data.countries[data.country[row]]));
    return tr;
  }

  function render() {
    const pages = Math.max(1, Math.ceil(matches.length / PAGE_ROWS));
    state.page = Math.min(state.page, pages);
    const start = (state.page - 1) * PAGE_ROWS;
    const shown = matches.slice(start, start + PAGE_ROWS);
    body.replaceChildren(...shown.map(tableRow));
    const all = number.format(rows);
    field("matches").textContent = matches.length === rows
      ? all + (rows === 1 ? " partner" : " partners")
      : number.format(matches.length) + " of " + all + " partners match";
    field("range").textContent = shown.length
      ? "Rows " + number.format(start + 1) + " to " + number.format(start + shown.length) + " of " + number.format(matches.length)
      : "No rows";
    document.querySelectorAll("[data-page]").forEach((button) => {
      const isBack = button.dataset.page === "first" || button.dataset.page === "previous";
      button.disabled = isBack ? state.page === 1 : state.page === pages;
    });
    headers.forEach((button) => {
      const order = state.dir === "asc" ? "ascending" : "descending";
      button.parentElement.setAttribute("aria-sort", button.dataset.sort === state.sort ? order : "none");
    });
    FILTERS.forEach((key) => { if (field(key).value !== state[key]) field(key).value = state[key]; });
    writeHash();
  }

  // As the program's own files: a text that a spreadsheet would run as a formula is marked, and line ends become spaces.
  function csvCell(value) {
    if (typeof value === "number") return String(value);
    const text = (/^[=+\-@\t\r\n']/.test(value) ? "'" : "") + value.replace(/[\r\n]/g, " ");
    return '"' + text.replace(/"/g, '""') + '"';
  }

  function exportRows() {
    const columns = ["partner_id", "partner_name", "hq_id", "verdict", "evidence", "flags", "action", "index", "gap", "packs", "expected", "sold",
      "hardware", "manager", "region", "country"];
    const lines = matches.map((row) => [
      data.id[row], data.name[row], data.hq[row] || data.id[row], data.verdicts[data.verdict[row]][0], data.evidences[data.evidence[row]][0],
      data.flags.filter((flag, place) => data.flag[row] & (1 << place)).map((flag) => flag[0]).join(" "), data.actions[data.action[row]],
      data.index[row] === null ? "" : data.index[row] / 100, data.gap[row], data.packs[row], data.expected[row], data.services[row],
      data.hardware[row], data.managers[data.manager[row]], data.regions[data.region[row]], data.countries[data.country[row]],
    ].map(csvCell).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + [columns.join(","), ...lines].join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = "partners.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  function change(next) {
    state = Object.assign({}, state, next);
    select();
    render();
  }

  fill("verdict", data.verdicts);
  fill("evidence", data.evidences);
  fill("flag", data.flags);
  fill("action", data.actions.map((action) => [action, action]));
  fill("manager", data.managers.map((manager) => [manager, manager]));
  fill("region", data.regions.map((region) => [region, region]));
  fill("country", data.countries.map((country) => [country, country]));
  FILTERS.forEach((key) => {
    field(key).addEventListener("input", () => change({ [key]: field(key).value, page: 1 }));
  });
  field("filters").addEventListener("submit", (event) => event.preventDefault());
  field("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    change(Object.assign({ page: 1 }, ...FILTERS.map((key) => ({ [key]: "" }))));
    field("q").focus();
  });
  field("export").addEventListener("click", exportRows);
  headers.forEach((button) => button.addEventListener("click", () => {
    const sort = button.dataset.sort;
    const first = TEXT_COLUMNS.includes(sort) ? "asc" : "desc";
    const dir = state.sort === sort ? (state.dir === "asc" ? "desc" : "asc") : first;
    change({ sort, dir, page: 1 });
  }));
  document.querySelectorAll("[data-page]").forEach((button) => button.addEventListener("click", () => {
    const last = Math.ceil(matches.length / PAGE_ROWS);
    const page = { first: 1, previous: state.page - 1, next: state.page + 1, last }[button.dataset.page];
    change({ page });
    document.getElementById("partners").scrollIntoView({ block: "start" });
  }));
  window.addEventListener("hashchange", () => change(readHash()));

  app.hidden = false;
  select();
  render();
})();
