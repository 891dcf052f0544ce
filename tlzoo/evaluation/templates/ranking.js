(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("entries");
  const body = table.tBodies[0];
  const tip = document.getElementById("tip");
  const search = document.getElementById("search");
  const onlyFront = document.getElementById("only-front");
  const byId = new Map(data.entries.map((each) => [each.id, each]));
  const rows = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  let chosen = data.entries.length ? data.entries[0].id : null;

  const SVG = "http://www.w3.org/2000/svg";
  const make = (name, attributes, parent) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (parent) parent.append(node);
    return node;
  };
  const say = (parent, text, attributes) => { make("text", attributes, parent).textContent = text; };
  const short = (value) => value === null || value === undefined ? "-" : Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3, notation: Math.abs(value) >= 1e4 ? "compact" : "standard" });
  const isVisible = (id) => !rows.get(id).hidden;
  const hue = (index) => `hsl(${(index * 137.508 + 215) % 360} 62% 54%)`;

  /* Tips: for the mouse and for the keyboard alike. */
  const showTip = (node, text) => {
    tip.textContent = text;
    tip.hidden = false;
    const box = node.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 4 ? above : box.bottom + 8}px`;
  };
  const withTip = (node, text) => {
    for (const event of ["mouseenter", "focus"]) node.addEventListener(event, () => showTip(node, text));
    for (const event of ["mouseleave", "blur"]) node.addEventListener(event, () => { tip.hidden = true; });
  };
  addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  sortByHead(table, [...rows.values()], (row) => [row]);

  /* Filtering: words of an id, and the front alone. */
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [id, row] of rows) {
      const each = byId.get(id);
      row.hidden = !words.every((word) => id.toLowerCase().includes(word)) || (onlyFront.checked && !each.front);
      shown += !row.hidden;
    }
    document.getElementById("shown").textContent = `${shown} of ${rows.size}`;
    drawFront();
  };
  search.addEventListener("input", filter);
  onlyFront.addEventListener("change", filter);

  const choose = (id) => {
    chosen = id;
    for (const [each, row] of rows) {
      row.classList.toggle("chosen", each === id);
      row.querySelector("button").setAttribute("aria-pressed", each === id);
    }
    for (const point of document.querySelectorAll("circle.entry")) point.classList.toggle("chosen", point.dataset.id === id);
    if (mapOf && data.maps[id]) { mapOf.value = id; drawMap(); }
  };
  /* The name of an entry is a button; arrow keys move between the names. */
  for (const [id, row] of rows) {
    row.addEventListener("click", () => choose(id));
    row.querySelector("button").addEventListener("keydown", (event) => {
      const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      if (!step) return;
      event.preventDefault();
      let next = row[step];
      while (next && (next.hidden || !next.dataset.id)) next = next[step];
      if (next) next.querySelector("button").focus();
    });
  }

  /* The front: a score against a cost. */
  const cost = document.getElementById("cost");
  const score = document.getElementById("score");
  const W = 560, H = 360, L = 52, R = 16, T = 14, B = 46;
  const scale = (low, high, from, to) => (value) => high === low ? (from + to) / 2 : from + (value - low) / (high - low) * (to - from);
  /* Round numbers between two values; on a logarithmic axis 1, 2 and 5 times powers of ten, or powers alone. */
  const ticks = (low, high, most) => {
    if (!(high > low)) return [low];
    const power = 10 ** Math.floor(Math.log10((high - low) / most));
    const step = [1, 2, 5, 10].map((each) => each * power).find((each) => (high - low) / each <= most);
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at++) found.push(at * step);
    return found;
  };
  const logTicks = (low, high) => {
    const all = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) for (const each of [1, 2, 5]) all.push([each, Math.log10(each) + power]);
    const within = all.filter(([, at]) => at >= low && at <= high);
    return (within.length > 8 ? within.filter(([each]) => each === 1) : within).map(([, at]) => at);
  };
  function drawFront() {
    const plot = document.getElementById("front");
    plot.replaceChildren();
    const known = data.entries.filter((each) => each.cost[cost.value] && each.scores[score.value] !== null && each.scores[score.value] !== undefined);
    if (!known.length) { say(plot, "no entry has both figures", { x: L, y: H / 2 }); return; }
    const xs = known.map((each) => Math.log10(each.cost[cost.value]));
    const interval = (each) => each.intervals[score.value] || [each.scores[score.value], each.scores[score.value]];
    const measured = known.flatMap((each) => [each.scores[score.value], ...interval(each)]).filter((value) => value !== null);
    const reach = Math.max(...measured) - Math.min(...measured); /* a baseline far below would squeeze the entries */
    const baselines = data.baselines.filter((each) => Number.isFinite(each.scores[score.value]) && each.scores[score.value] >= Math.min(...measured) - reach);
    const ys = [...measured, ...baselines.map((each) => each.scores[score.value])];
    const wide = Math.max(0.05, (Math.max(...xs) - Math.min(...xs)) * 0.08);
    const [left, right] = [Math.min(...xs) - wide, Math.max(...xs) + wide];
    const high = Math.max((Math.max(...ys) - Math.min(...ys)) * 0.06, 1e-6);
    const [low, top] = [Math.min(...ys) - high, Math.max(...ys) + high];
    const x = scale(left, right, L, W - R), y = scale(low, top, H - B, T);
    for (const at of ticks(low, top, 6)) {
      make("line", { class: "axis", x1: L, x2: W - R, y1: y(at), y2: y(at) }, plot);
      say(plot, short(at), { x: L - 8, y: y(at) + 4, "text-anchor": "end" });
    }
    for (const at of logTicks(left, right)) say(plot, short(10 ** at), { x: x(at), y: H - B + 20, "text-anchor": "middle" });
    say(plot, cost.selectedOptions[0].textContent, { x: (L + W - R) / 2, y: H - 6, "text-anchor": "middle" });
    const labelled = [];
    for (const each of baselines) {
      const at = each.scores[score.value];
      withTip(make("line", { class: "baseline", x1: L, x2: W - R, y1: y(at), y2: y(at) }, plot), `baseline: ${each.name}\n${score.value} ${short(at)}`);
      if (labelled.some((other) => Math.abs(other - y(at)) < 16)) continue;
      labelled.push(y(at));
      say(plot, each.name, { x: W - R, y: y(at) - 4, "text-anchor": "end" });
    }
    const beats = (one, other) => one.scores[score.value] >= other.scores[score.value] && one.cost[cost.value] <= other.cost[cost.value] && (one.scores[score.value] > other.scores[score.value] || one.cost[cost.value] < other.cost[cost.value]);
    const best = known.filter((each) => !known.some((other) => beats(other, each))).sort((one, other) => one.cost[cost.value] - other.cost[cost.value]);
    make("polyline", { class: "step", points: best.map((each) => `${x(Math.log10(each.cost[cost.value]))},${y(each.scores[score.value])}`).join(" ") }, plot);
    for (const each of known) {
      const [cx, cy] = [x(Math.log10(each.cost[cost.value])), y(each.scores[score.value])];
      const faded = isVisible(each.id) ? "" : " faded";
      const [from, to] = interval(each);
      if (from !== null && to !== null) make("line", { class: `whisker${faded}`, x1: cx, x2: cx, y1: y(from), y2: y(to) }, plot);
      const text = `${each.id}\n${score.value} ${short(each.scores[score.value])}${from === null ? "" : ` (${short(from)} to ${short(to)})`}\n${cost.selectedOptions[0].textContent} ${short(each.cost[cost.value])}`;
      const point = make("circle", { class: `entry${best.includes(each) ? " on" : ""}${each.id === chosen ? " chosen" : ""}${faded}`, cx, cy, r: 7, tabindex: faded ? -1 : 0, role: "button", "aria-label": text, "data-id": each.id }, plot);
      withTip(point, text);
      point.addEventListener("click", () => choose(each.id));
      point.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(each.id); } });
    }
  }
  cost.addEventListener("change", drawFront);
  score.addEventListener("change", drawFront);

  /* Curves: measured to all labels, expected beyond. */
  function drawCurves() {
    const plot = document.getElementById("curves");
    if (!plot) return;
    const known = data.entries.filter((each) => each.curve && each.curve.expected.length);
    const all = known.flatMap((each) => [...each.curve.measured, ...each.curve.expected]);
    const values = all.flatMap((each) => [each.accuracy, ...(each.interval || [])]);
    const x = scale(Math.log2(Math.min(...all.map((each) => each.labels))), Math.log2(Math.max(...all.map((each) => each.labels))), L, W - R - 20);
    const y = scale(Math.min(...values), Math.max(...values), H - B, T);
    for (const at of ticks(Math.min(...values), Math.max(...values), 6)) {
      make("line", { class: "axis", x1: L, x2: W - R, y1: y(at), y2: y(at) }, plot);
      say(plot, `${+(100 * at).toFixed(1)} %`, { x: L - 6, y: y(at) + 4, "text-anchor": "end" });
    }
    for (const each of [known[0].curve.measured[0], ...known[0].curve.expected]) say(plot, each.labels, { x: x(Math.log2(each.labels)), y: H - B + 20, "text-anchor": "middle" });
    say(plot, "labels", { x: (L + W) / 2, y: H - 6, "text-anchor": "middle" });
    const legend = document.getElementById("curve-names");
    known.forEach((each, index) => {
      const at = (points, of) => points.map((point) => `${x(Math.log2(point.labels))},${y(of(point))}`);
      const { measured, expected } = each.curve;
      const around = [...at(expected, (point) => point.interval[0]), ...at([...expected].reverse(), (point) => point.interval[1])];
      make("polygon", { class: "band", points: around.join(" "), fill: hue(index) }, plot);
      make("polyline", { class: "line", points: at(measured, (point) => point.accuracy).join(" "), stroke: hue(index) }, plot);
      make("polyline", { class: "line", points: at([measured.at(-1), ...expected], (point) => point.accuracy).join(" "), stroke: hue(index), "stroke-dasharray": "5 5" }, plot);
      for (const point of [...measured, ...expected]) {
        const text = `${each.id}\n${point.labels} labels: ${(100 * point.accuracy).toFixed(1)} %${point.interval ? ` expected (${(100 * point.interval[0]).toFixed(1)} to ${(100 * point.interval[1]).toFixed(1)} %)` : " measured"}`;
        const node = make("circle", { cx: x(Math.log2(point.labels)), cy: y(point.accuracy), r: 4.5, fill: hue(index), tabindex: 0, role: "img", "aria-label": text }, plot);
        withTip(node, text);
      }
      addName(legend, hue(index), each.id);
    });
  }
  const addName = (legend, colour, name) => {
    const item = document.createElement("li"), dot = document.createElement("i");
    dot.style.background = colour;
    item.append(dot, name);
    legend.append(item);
  };

  /* The map: samples on a plane, coloured by class. */
  const mapOf = document.getElementById("map-of");
  function drawMap() {
    const plot = document.getElementById("map");
    plot.replaceChildren();
    data.maps[mapOf.value].forEach(([h, v], at) => {
      const [label, name] = data.mapped[at];
      const point = make("circle", { class: "sample", cx: 10 + 400 * h, cy: 10 + 340 * (1 - v), r: 4, fill: hue(label) }, plot);
      withTip(point, `${data.classes[label]}\n${name}`);
    });
  }
  if (mapOf) {
    const present = new Set(data.mapped.map(([label]) => label));
    data.classes.forEach((name, index) => { if (present.has(index)) addName(document.getElementById("classes"), hue(index), name); });
    mapOf.addEventListener("change", () => choose(mapOf.value));
    drawMap();
  }
  filter();
  drawCurves();
  if (chosen) choose(chosen);
})();
