// The view: choose a head, see who looks at whom, switch heads off, read the guesses for hidden words.
(() => {
  const live = (globalThis.mhaLive ??= {});
  const { make, percent } = live;
  const INK = { light: [31, 95, 168], dark: [138, 184, 238] };
  const LABELLED = 16; // up to so many tokens a map has room for their names

  // A reading is { tokens, keys, layers, heads, maps, fills }: maps are flat (layer, head, query, key); fills are
  // { place, on, off }, the guesses for a hidden word with every head and without those switched off (or null).
  live.View = class {
    // answer: from the set of heads that are off (layer * heads + head) to a reading.  mostOff: how many may be off.
    constructor(host, answer, chosen, mostOff) {
      this.root = host.attachShadow({ mode: "open" });
      this.chosen = chosen;
      this.pinned = this.pointed = null;
      this.off = new Set();
      this.build();
      live.onColours((dark) => this.colour(dark ? "dark" : "light"));
      this.use(answer, mostOff);
    }

    // Ask somebody else from now on.
    use(answer, mostOff) {
      this.answer = answer;
      this.mostOff = mostOff;
      this.off.clear();
      this.update();
    }

    build() {
      this.ask = make("div", { class: "ask" });
      this.heads = make("div", { class: "heads", role: "radiogroup", "aria-label": "Layer and head" });
      this.title = make("p", { class: "title" });
      this.flow = make("div", { class: "flow", onpointerleave: () => this.point(null) });
      this.map = make("div", { class: "map", onpointerleave: () => this.point(null) });
      this.readout = make("p", { class: "readout" });
      this.switches = make("div", { class: "switches" });
      this.guesses = make("div", { class: "guesses" });
      this.table = make("details", { class: "table", ontoggle: () => this.fillTable() });
      this.status = make("p", { class: "status", role: "status" });
      const look = make("div", { class: "look" }, this.flow, this.map);
      const parts = [this.heads, this.title, look, this.readout, this.switches, this.guesses, this.table, this.status];
      this.frame = make("div", { class: "frame" }, this.ask, ...parts);
      this.root.append(make("style", {}, live.css), this.frame);
    }

    colour(name) {
      this.ink = INK[name];
      this.frame.dataset.colours = name;
      if (this.reading) this.drawMaps();
    }

    // Ask again, and show what comes. Call it when the sentence or the switches have changed.
    update() {
      const { layers, heads, tokens } = (this.reading = this.answer(this.off));
      this.keys = this.reading.keys ?? tokens;
      this.chosen = [Math.min(this.chosen[0], layers - 1), Math.min(this.chosen[1], heads - 1)];
      if (this.pinned >= tokens.length) this.pinned = null;
      this.buildHeads();
      this.buildFlow();
      this.buildMap();
      this.draw();
    }

    // What depends on the chosen head.
    draw() {
      this.drawMaps();
      this.title.textContent = this.headName();
      this.drawSwitches();
      this.drawGuesses();
      this.drawTable();
    }

    headName([layer, head] = this.chosen) {
      return `Layer ${layer}, head ${head}`;
    }

    number([layer, head] = this.chosen) {
      return layer * this.reading.heads + head;
    }

    // The weights (query, key) of one head.
    weights(number = this.number()) {
      const size = this.reading.tokens.length * this.keys.length;
      return this.reading.maps.subarray(number * size, (number + 1) * size);
    }

    // All heads as thumbnails, a layer to a row.
    buildHeads() {
      const { layers, heads } = this.reading;
      const focused = this.heads.contains(this.root.activeElement);
      this.thumbs = Array.from({ length: layers * heads }, (_, i) => this.thumb(Math.floor(i / heads), i % heads));
      const name = (text) => make("span", { class: "axis", "aria-hidden": "true" }, text);
      const rows = Array.from({ length: layers }, (_, layer) => [
        name(`layer ${layer}`),
        ...this.thumbs.slice(layer * heads, (layer + 1) * heads),
      ]);
      const top = [name("head"), ...Array.from({ length: heads }, (_, head) => name(`${head}`))];
      this.heads.style.setProperty("--heads", heads);
      this.heads.replaceChildren(...top, ...rows.flat());
      live.rove(this.heads, heads);
      if (focused) this.thumbs[this.number()].focus();
    }

    thumb(layer, head) {
      const isOff = this.off.has(this.number([layer, head]));
      const label = this.headName([layer, head]) + (isOff ? ", switched off" : "");
      const choose = () => this.choose([layer, head]);
      const canvas = make("canvas", { "aria-hidden": "true" });
      return make("button", { type: "button", role: "radio", "aria-label": label, title: label, class: isOff && "off",
        onclick: choose, onfocus: choose }, canvas);
    }

    choose(chosen) {
      if (this.number(chosen) === this.number()) return;
      this.chosen = chosen;
      this.draw();
    }

    // Queries on the left, keys on the right, lines between them.
    buildFlow() {
      const focused = this.flow.contains(this.root.activeElement) && this.root.activeElement.dataset.query;
      this.lines = live.makeSvg();
      this.queries = this.reading.tokens.map((token, query) => this.queryButton(token, query));
      const left = make("div", { class: "tokens", role: "group", "aria-label": "Queries: choose a word to see its row" });
      left.append(...this.queries);
      const right = make("div", { class: "tokens", "aria-hidden": "true" });
      right.append(...this.keys.map((token) => make("span", {}, token)));
      const heading = (text) => make("span", { class: "axis", "aria-hidden": "true" }, text);
      this.flow.replaceChildren(heading("query"), heading(""), heading("key"), left, this.lines, right);
      live.tabTo(this.queries, this.pinned ?? 0);
      live.rove(left, 1);
      if (focused) this.queries[Math.min(focused, this.queries.length - 1)].focus();
    }

    queryButton(token, query) {
      const point = () => this.point(query);
      const pin = () => this.pin(this.pinned === query ? null : query);
      return make("button", { type: "button", "data-query": query, onpointerenter: point, onfocus: point, onclick: pin,
        onblur: () => this.point(null) }, token);
    }

    // The large map; the pointer in it says whose row and column it is on.
    buildMap() {
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.band = make("div", { class: "band", hidden: true });
      const area = make("div", { class: "area", onpointermove: (event) => this.pointAt(event) }, this.canvas, this.band);
      const { length: rows } = this.reading.tokens, { length: columns } = this.keys;
      area.style.setProperty("--rows", rows);
      area.style.setProperty("--columns", columns);
      const named = Math.max(rows, columns) <= LABELLED;
      const names = (kind, tokens) =>
        make("div", { class: kind, "aria-hidden": "true" }, ...(named ? tokens.map((token) => make("span", {}, token)) : []));
      this.frame.classList.toggle("fine", !named);
      this.map.replaceChildren(names("columns", this.keys), names("rows", this.reading.tokens), area);
    }

    pointAt(event) {
      const box = this.canvas.getBoundingClientRect();
      const at = (part, count) => Math.max(0, Math.min(count - 1, Math.floor(part * count)));
      const query = at((event.clientY - box.top) / box.height, this.reading.tokens.length);
      const key = at((event.clientX - box.left) / box.width, this.keys.length);
      this.point(query);
      const weight = this.weights()[query * this.keys.length + key];
      this.readout.textContent = `${this.reading.tokens[query]} looks at ${this.keys[key]}: ${percent(weight)}`;
    }

    // Show the row of one query, or of the pinned one.
    point(query) {
      if (query === this.pointed) return;
      this.pointed = query;
      this.drawRow();
    }

    pin(query) {
      this.pinned = query;
      live.tabTo(this.queries, query ?? 0);
      this.drawRow();
    }

    drawMaps() {
      const { tokens } = this.reading;
      const paint = (canvas, weights) => live.paint(canvas, weights, tokens.length, this.keys.length, this.ink);
      this.thumbs.forEach((thumb, i) => paint(thumb.firstChild, this.weights(i)));
      this.thumbs.forEach((thumb, i) => thumb.setAttribute("aria-checked", i === this.number()));
      live.tabTo(this.thumbs, this.number());
      paint(this.canvas, this.weights());
      this.queries.forEach((button, query) => button.setAttribute("aria-label", this.describe(query)));
      this.drawRow();
    }

    drawRow() {
      const shown = this.pointed ?? this.pinned;
      live.drawLines(this.lines, this.weights(), this.reading.tokens.length, this.keys.length, shown);
      this.queries.forEach((button, query) => {
        button.classList.toggle("shown", query === shown);
        button.setAttribute("aria-pressed", query === this.pinned);
      });
      this.band.hidden = shown === null;
      this.band.style.setProperty("--row", shown ?? 0);
      this.readout.textContent =
        shown === null ? "The stronger a line, the larger its weight. Point at a word on the left to see its row alone."
          : this.describe(shown);
    }

    // In words, where a query looks: its three largest weights.
    describe(query) {
      const row = Array.from(this.weights().subarray(query * this.keys.length, (query + 1) * this.keys.length));
      const order = row.map((weight, key) => [weight, key]).sort((a, b) => b[0] - a[0]).slice(0, 3);
      const words = order
        .filter(([weight], i) => i === 0 || weight >= 0.01)
        .map(([weight, key]) => `${this.keys[key]} ${percent(weight)}`);
      return `${this.reading.tokens[query]} looks at ${words.join(", ")}`;
    }

    // A switch for the chosen head, and the list of those that are off.
    drawSwitches() {
      this.switches.hidden = this.mostOff === 0;
      const number = this.number();
      const flip = (event) => this.flip(number, event.target.checked);
      const box = make("input", { type: "checkbox", onchange: flip });
      box.checked = this.off.has(number);
      const label = make("label", {}, box, ` Switch off layer ${this.chosen[0]}, head ${this.chosen[1]}`);
      this.switches.replaceChildren(label);
      if (this.off.size) this.switches.append(make("button", { type: "button", onclick: () => this.allOn() }, "All heads on"));
    }

    flip(number, isOff) {
      if (isOff && this.off.size >= this.mostOff) this.off.clear();
      this.off[isOff ? "add" : "delete"](number);
      this.update();
      this.switches.querySelector("input").focus();
      this.announce();
    }

    allOn() {
      this.off.clear();
      this.update();
      this.switches.querySelector("input").focus();
      this.announce();
    }

    offNames() {
      const { heads } = this.reading;
      const names = [...this.off].sort((a, b) => a - b).map((i) => this.headName([Math.floor(i / heads), i % heads]));
      return names.length > 3 ? `${names.length} heads` : names.join(" and ").toLowerCase();
    }

    drawGuesses() {
      const { fills } = this.reading;
      const tables = fills.map((fill, i) => this.guessTable(fill, fills.length > 1 ? ` ${i + 1},` : ""));
      this.guesses.replaceChildren(...tables);
    }

    guessTable({ place, on, off }, count) {
      const head = make("tr", {}, make("td"), make("th", { scope: "col" }, "every head on"));
      if (off) head.append(make("th", { scope: "col" }, `without ${this.offNames()}`));
      const rows = on.map((guess, i) => {
        const row = make("tr", {}, make("th", { scope: "row" }, `${i + 1}`), this.guess(guess));
        if (off) row.append(this.guess(off[i]));
        return row;
      });
      const before = this.reading.tokens[place - 1];
      const caption = `Guesses for the hidden word${count} after ${before === "[CLS]" ? "the start" : `“${before}”`}`;
      const parts = [make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...rows)];
      return make("table", { class: off && "both" }, ...parts);
    }

    guess([token, probability]) {
      const cell = make("td", {}, make("span", {}, token), " ", make("b", {}, percent(probability)));
      cell.style.setProperty("--part", `${(100 * probability).toFixed(1)}%`);
      return cell;
    }

    // The chosen head's weights as a table, made when somebody opens it.
    drawTable() {
      if (!this.table.firstChild) this.table.append(make("summary", {}, "The weights as a table"));
      while (this.table.children.length > 1) this.table.lastChild.remove();
      if (this.table.open) this.fillTable();
    }

    fillTable() {
      if (!this.table.open || this.table.children.length > 1) return;
      const column = (token) => make("th", { scope: "col" }, token);
      const { length: size } = this.keys, weights = this.weights();
      const row = (token, query) => make("tr", {}, make("th", { scope: "row" }, token),
        ...Array.from(weights.subarray(query * size, (query + 1) * size), (w) => make("td", {}, w.toFixed(3))));
      const caption = make("caption", {}, `${this.headName()}: weights; a row is a query, a column is a key`);
      const head = make("thead", {}, make("tr", {}, make("td"), ...this.keys.map(column)));
      const table = make("table", {}, caption, head, make("tbody", {}, ...this.reading.tokens.map(row)));
      const label = "Table of weights; it scrolls sideways";
      this.table.append(make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, table));
    }

    // Say the result to those who do not see it.
    announce() {
      const guess = (list) => list.slice(0, 3).map(([token, p]) => `${token} ${percent(p)}`).join(", ");
      const parts = this.reading.fills.map(({ on, off }) =>
        off ? `Without ${this.offNames()}: ${guess(off)}. With every head: ${guess(on)}.` : `Best guesses: ${guess(on)}.`);
      this.status.textContent = [`${this.reading.tokens.length} tokens.`, ...parts].join(" ");
    }
  };

  // A reading that came with the page: its weights in thousandths; its guesses with every head, and without each one.
  function storedReading(data) {
    const [layers, heads] = data.shape;
    const maps = Float32Array.from(data.maps, (weight) => weight / 1000);
    const { tokens, keys, fills } = data;
    return (off) => {
      const [number] = off;
      const without = (fill) => (off.size ? fill.off[number] : null);
      return { tokens, keys, layers, heads, maps, fills: fills.map((f) => ({ place: f.place, on: f.on, off: without(f) })) };
    };
  }

  // Start the views that have not been started.
  live.start = () => {
    for (const host of document.querySelectorAll(".mha-live")) {
      if (host.shadowRoot) continue;
      const data = JSON.parse(host.querySelector("script[type='application/json']").textContent);
      host.mhaView = new live.View(host, storedReading(data), data.chosen, data.fills.length ? 1 : 0);
      if (data.sentence !== null) host.mhaView.ask.append(make("p", { class: "note" }, NOTE));
    }
  };
  const NOTE = "To ask about another sentence, change it in the call and run the cell again.";
})();
