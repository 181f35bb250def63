// Text in, token numbers out, as Python's `tokenizers` cuts it: BERT's normaliser, its splitting, then WordPiece.
(() => {
  const live = (globalThis.mhaLive ??= {});

  // The blocks of Unicode that BERT calls Chinese: each character is a word.
  const CHINESE = new RegExp(
    "[\\u4E00-\\u9FFF\\u3400-\\u4DBF\\u{20000}-\\u{2A6DF}\\u{2A700}-\\u{2B73F}\\u{2B740}-\\u{2B81F}" +
      "\\u{2B920}-\\u{2CEAF}\\uF900-\\uFAFF\\u{2F800}-\\u{2FA1F}]", "u");
  const SPACE = /\p{White_Space}/u;

  // A test for one of the code points in [first, last, first, last, ...].
  function oneOf(ranges) {
    const set = new Set();
    for (let i = 0; i < ranges.length; i += 2)
      for (let code = ranges[i]; code <= ranges[i + 1]; code++) set.add(code);
    return (character) => set.has(character.codePointAt(0));
  }

  live.Tokenizer = class {
    // stored: tokenizer.json.  characters: which code points vanish, and which stand alone, as the tokenizer itself
    // sees them; browsers know other versions of Unicode.  limit: the most tokens, [CLS] and [SEP] included.
    constructor(stored, characters, limit) {
      const { model } = stored;
      this.vocabulary = new Map(Object.entries(model.vocab));
      this.names = [];
      for (const [name, id] of this.vocabulary) this.names[id] = name;
      this.prefix = model.continuing_subword_prefix;
      this.unknown = model.unk_token;
      this.longest = model.max_input_chars_per_word;
      const special = stored.added_tokens.map((token) => token.content.replace(/[[\]]/g, "\\$&"));
      this.special = new RegExp(`(${special.join("|")})`);
      this.vanishes = oneOf(characters.vanishing);
      this.standsAlone = oneOf(characters.alone);
      this.limit = limit;
    }

    // Return { ids, tokens, total }: what the encoder reads, and how many tokens the whole text would have.
    encode(text) {
      const pieces = ["[CLS]", ...this.split(text), "[SEP]"];
      const tokens = pieces.length > this.limit ? [...pieces.slice(0, this.limit - 1), "[SEP]"] : pieces;
      return { tokens, ids: tokens.map((token) => this.vocabulary.get(token)), total: pieces.length };
    }

    // Special tokens are found first and as they are written; what lies between them is normalised and cut.
    split(text) {
      const parts = text.split(this.special); // special tokens are at odd places
      return parts.flatMap((part, i) => (i % 2 ? [part] : this.words(part).flatMap((word) => this.pieces(word))));
    }

    // Lower case, no accents, nothing invisible.
    normalise(text) {
      let cleaned = "";
      for (const character of text) {
        if (SPACE.test(character) && !this.vanishes(character)) cleaned += " ";
        else if (CHINESE.test(character)) cleaned += ` ${character} `;
        else if (!this.isLost(character)) cleaned += character;
      }
      let lower = "";
      for (const character of cleaned.normalize("NFD"))
        if (!this.vanishes(character)) lower += character.toLowerCase(); // one by one: no final sigma
      return lower;
    }

    // A half of a surrogate pair is no character, so Python could not even have it.
    isLost(character) {
      return this.vanishes(character) || /\p{Surrogate}/u.test(character);
    }

    // Cut at spaces, and on both sides of punctuation.
    words(text) {
      const words = [""];
      for (const character of this.normalise(text)) {
        if (SPACE.test(character)) words.push("");
        else if (this.standsAlone(character)) words.push(character, "");
        else words[words.length - 1] += character;
      }
      return words.filter((word) => word);
    }

    // WordPiece: the longest beginning that is a token, then the longest of the rest, or the whole word is unknown.
    pieces(word) {
      const characters = [...word];
      if (characters.length > this.longest) return [this.unknown];
      const found = [];
      for (let start = 0; start < characters.length; ) {
        let end = characters.length;
        const name = () => (start ? this.prefix : "") + characters.slice(start, end).join("");
        while (end > start && !this.vocabulary.has(name())) end--;
        if (end === start) return [this.unknown];
        found.push(name());
        start = end;
      }
      return found;
    }
  };
})();
