// In the published page: a button that brings the encoder, then a sentence of the reader's own.
(() => {
  const live = globalThis.mhaLive;
  const { make } = live;
  const folder = document.currentScript.src.replace(/[^/]*$/, "");
  const FILES = ["tokenizer.js", "encoder.js", "weights.js"];
  const CORE = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su; // a word between its marks
  const MOST_FILLS = 4;

  const load = (file) => new Promise((resolve, reject) =>
    document.head.append(make("script", { src: folder + file, onload: resolve, onerror: reject })));

  // Fetch the scripts and make the encoder, once for all views of the page.
  let ready;
  live.bring = () => (ready ??= (async () => {
    for (const file of FILES) await load(file);
    const { config, tokenizer, characters, limit, model } = live.stored;
    live.stored = null; // megabytes of text that nobody needs any more
    live.tokenizer = new live.Tokenizer(tokenizer, characters, limit);
    live.encoder = new live.Encoder(config, model);
  })());

  // Return what the view shows of a text, with some heads off.
  live.readText = (text, off) => {
    const { encoder, tokenizer } = live;
    const { ids, tokens, total } = tokenizer.encode(text);
    const whole = encoder.read(ids), part = off.size ? encoder.read(ids, off) : null;
    const guesses = ({ hidden }, place) => encoder.guesses(hidden, place).map(([id, p]) => [tokenizer.names[id], p]);
    const places = tokens.flatMap((token, place) => (token === "[MASK]" ? [place] : [])).slice(0, MOST_FILLS);
    const fills = places.map((place) => ({ place, on: guesses(whole, place), off: part && guesses(part, place) }));
    const { layers, heads } = encoder;
    return { tokens, keys: null, layers, heads, maps: (part ?? whole).maps, fills, total };
  };

  // The sentence that a reader types, and the words of it that they hide.
  class Desk {
    constructor(view, sentence) {
      this.view = view;
      this.hidden = new Map(); // place of a word -> the word
      const changed = () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.change(), 150); };
      this.box = make("textarea", { id: "sentence", rows: 2, spellcheck: "false", dir: "auto", oninput: changed });
      this.box.value = sentence;
      this.chips = make("div", { class: "chips", role: "group", "aria-label": "Hide a word" });
      this.note = make("p", { class: "note" });
      const label = make("label", { for: "sentence" }, "Your sentence");
      const chips = make("div", { class: "hide" }, make("span", { "aria-hidden": "true" }, "Hide a word:"), this.chips);
      view.ask.replaceChildren(label, this.box, chips, this.note);
      this.drawChips();
      view.use((off) => this.read(off), Infinity);
      view.announce();
      this.box.focus({ preventScroll: true });
    }

    // The sentence in words and spaces; the words are at even places.
    parts() {
      return this.box.value.split(/(\s+)/);
    }

    text() {
      return this.parts().map((part, i) => (this.hidden.has(i) ? part.replace(CORE, "$1[MASK]$3") : part)).join("");
    }

    read(off) {
      const reading = live.readText(this.text(), off);
      const { length } = reading.tokens;
      const cut = length < reading.total ? ` The text has ${reading.total} tokens; what comes later is cut off.` : "";
      const guess = reading.fills.length ? "" : " Hide a word, or write [MASK] for one, and the encoder guesses it.";
      this.note.textContent = `${length} of at most ${live.tokenizer.limit} tokens.${cut}${guess}`;
      return reading;
    }

    change() {
      const parts = this.parts();
      for (const [i, word] of this.hidden) if (parts[i] !== word) this.hidden.delete(i);
      this.drawChips();
      this.view.update();
      this.view.announce();
    }

    drawChips() {
      const words = this.parts().map((word, i) => [word, i]).filter(([word, i]) => i % 2 === 0 && CORE.exec(word)[2] && !word.includes("[MASK]"));
      const chosen = this.chips.contains(this.view.root.activeElement) ? this.view.root.activeElement.dataset.place : null;
      this.chips.replaceChildren(...words.slice(0, live.tokenizer.limit).map(([word, i]) => this.chip(word, i)));
      const buttons = [...this.chips.children];
      const place = Math.max(0, buttons.findIndex((button) => button.dataset.place === chosen));
      live.tabTo(buttons, place);
      live.rove(this.chips, 1);
      if (chosen !== null) buttons[place]?.focus();
      this.chips.parentElement.hidden = !words.length;
    }

    chip(word, place) {
      const pressed = String(this.hidden.has(place));
      const flip = () => { this.flip(place, word); };
      return make("button", { type: "button", "data-place": place, "aria-pressed": pressed, onclick: flip }, CORE.exec(word)[2]);
    }

    flip(place, word) {
      if (!this.hidden.delete(place)) this.hidden.set(place, word);
      this.change();
    }
  }

  // Put the button in place of the notebook's line.
  function offer(host) {
    const { ask } = host.mhaView;
    const button = make("button", { type: "button", class: "try" }, "Try your own sentence");
    const note = make("span", { class: "note", role: "status" }, "loads MEGABYTES MB into this page; nothing is sent anywhere");
    button.addEventListener("click", async () => {
      note.textContent = "Loading …";
      try {
        await live.bring();
        host.mhaDesk = new Desk(host.mhaView, host.dataset.mhaEncoder);
      } catch (error) {
        note.textContent = "The encoder could not be loaded.";
        throw error;
      }
    });
    ask.replaceChildren(make("p", { class: "offer" }, button, " ", note));
  }

  document.querySelectorAll("[data-mha-encoder]").forEach(offer);
})();
