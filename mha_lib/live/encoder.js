// The book's text encoder: token numbers in, the attention of every layer and head out, and guesses for a place.
(() => {
  const live = (globalThis.mhaLive ??= {});

  function decode(base64) {
    const text = atob(base64), bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  // Bytes of a safetensors file -> { name: Float32Array }. The file: the header's length, the header, the numbers.
  function readTensors(bytes) {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    delete header.__metadata__;
    const tensors = {};
    for (const [name, { dtype, data_offsets: [first, last] }] of Object.entries(header)) {
      const { buffer } = bytes.slice(8 + length + first, 8 + length + last); // a copy begins at an even address
      tensors[name] = dtype === "F16" ? widen(new Uint16Array(buffer)) : new Float32Array(buffer);
    }
    return tensors;
  }

  function widen(halves) {
    const wide = new Float32Array(halves.length);
    for (let i = 0; i < wide.length; i++) wide[i] = HALF[halves[i]];
    return wide;
  }

  // Every number of 16 bits: a sign, 5 bits of exponent, 10 of fraction.
  const HALF = Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
  });

  // The product of `size` numbers of a, from i on, with those of b, from j on. Four sums, so that none waits for another.
  function dot(a, i, b, j, size) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let c = 0; c < size; c += 4) {
      s0 += a[i + c] * b[j + c];
      s1 += a[i + c + 1] * b[j + c + 1];
      s2 += a[i + c + 2] * b[j + c + 2];
      s3 += a[i + c + 3] * b[j + c + 3];
    }
    return s0 + s1 + (s2 + s3);
  }

  // (n, inputs) -> (n, outputs). A row of the weight lies together in memory and serves all tokens before the next.
  function linear(x, { weight, bias }) {
    const outputs = bias.length, inputs = weight.length / outputs, n = x.length / inputs;
    const y = new Float32Array(n * outputs);
    for (let o = 0; o < outputs; o++)
      for (let t = 0; t < n; t++) y[t * outputs + o] = dot(x, t * inputs, weight, o * inputs, inputs) + bias[o];
    return y;
  }

  function layerNorm(x, { weight, bias }, eps) {
    const size = bias.length, y = new Float32Array(x.length);
    for (let start = 0; start < x.length; start += size) {
      const row = x.subarray(start, start + size);
      const mean = row.reduce((sum, value) => sum + value, 0) / size;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
      const scale = 1 / Math.sqrt(variance + eps);
      for (let c = 0; c < size; c++) y[start + c] = (row[c] - mean) * scale * weight[c] + bias[c];
    }
    return y;
  }

  // The exact GELU, x times the normal distribution's share below x.
  const gelu = (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2));

  // A series whose terms are all positive, so that none cancels another: exact in double precision.
  function erf(x) {
    if (Math.abs(x) > 6) return Math.sign(x);
    let term = x, sum = x;
    for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) sum += term *= (2 * x * x) / (2 * k + 1);
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }

  // Scores from i on, `size` of them, become weights in place: each at least 0, their sum 1.
  function softmax(scores, i, size) {
    let largest = -Infinity, sum = 0;
    for (let c = i; c < i + size; c++) largest = Math.max(largest, scores[c]);
    for (let c = i; c < i + size; c++) sum += scores[c] = Math.exp(scores[c] - largest);
    for (let c = i; c < i + size; c++) scores[c] /= sum;
  }

  function add(x, y) {
    for (let i = 0; i < x.length; i++) x[i] += y[i];
  }

  live.Encoder = class {
    // config: config.json.  base64: the bytes of model.safetensors.
    constructor(config, base64) {
      const tensors = readTensors(decode(base64));
      const module = (name) => ({ weight: tensors[`${name}.weight`], bias: tensors[`${name}.bias`] });
      this.eps = config.layer_norm_eps;
      this.width = config.hidden_size;
      this.heads = config.num_attention_heads;
      this.layers = config.num_hidden_layers;
      this.embedding = tensors["token_embedding.weight"];
      this.embeddingNorm = module("embedding_norm");
      this.blocks = Array.from({ length: this.layers }, (_, i) => this.block(module, `encoder.blocks.${i}`));
      this.finalNorm = module("encoder.final_norm");
      this.head = { project: module("head.project"), norm: module("head.norm"), bias: tensors["head.bias"] };
    }

    block(module, name) {
      return {
        attentionNorm: module(`${name}.attention_norm`),
        projectQkv: module(`${name}.attention.project_qkv`),
        projectOut: module(`${name}.attention.project_out`),
        feedForwardNorm: module(`${name}.feed_forward_norm`),
        projectIn: module(`${name}.feed_forward.project_in`),
        projectBack: module(`${name}.feed_forward.project_out`),
      };
    }

    // Return { maps, hidden }: the weights (layer, head, query, key) in one array, and each token's last vector.
    // off: a set of heads, layer * heads + head, whose share of what enters the output projection is made zero.
    read(ids, off = new Set()) {
      const n = ids.length, maps = new Float32Array(this.layers * this.heads * n * n);
      const x = this.embed(ids);
      this.blocks.forEach((block, layer) => {
        const first = layer * this.heads;
        const map = maps.subarray(first * n * n, (first + this.heads) * n * n);
        const qkv = linear(layerNorm(x, block.attentionNorm, this.eps), block.projectQkv);
        add(x, linear(this.attend(qkv, n, map, (head) => off.has(first + head)), block.projectOut));
        const inner = linear(layerNorm(x, block.feedForwardNorm, this.eps), block.projectIn);
        add(x, linear(inner.map(gelu), block.projectBack));
      });
      return { maps, hidden: layerNorm(x, this.finalNorm, this.eps) };
    }

    embed(ids) {
      const x = new Float32Array(ids.length * this.width);
      ids.forEach((id, t) => x.set(this.embedding.subarray(id * this.width, (id + 1) * this.width), t * this.width));
      return layerNorm(x, this.embeddingNorm, this.eps);
    }

    // Fill `map` (head, query, key) with weights, and return what the heads read, side by side: (n, width).
    attend(qkv, n, map, isOff) {
      const read = new Float32Array(n * this.width);
      this.turn(qkv, n);
      for (let head = 0; head < this.heads; head++) {
        const weights = map.subarray(head * n * n, (head + 1) * n * n);
        this.weigh(qkv, n, head, weights);
        if (!isOff(head)) this.mix(qkv, n, head, weights, read);
      }
      return read;
    }

    // Rotary positions: neighbouring columns of a query or key turn together, the later ones ever more slowly.
    turn(qkv, n) {
      const size = this.width / this.heads, row = 3 * this.width;
      for (let t = 0; t < n; t++)
        for (let pair = 0; pair < size; pair += 2) {
          const angle = t * 10000 ** (-pair / size), cos = Math.cos(angle), sin = Math.sin(angle);
          for (let i = t * row + pair; i < t * row + 2 * this.width; i += size) {
            const even = qkv[i], odd = qkv[i + 1];
            qkv[i] = even * cos - odd * sin;
            qkv[i + 1] = even * sin + odd * cos;
          }
        }
    }

    weigh(qkv, n, head, weights) {
      const size = this.width / this.heads, row = 3 * this.width, scale = 1 / Math.sqrt(size);
      for (let q = 0; q < n; q++) {
        const query = q * row + head * size, key = this.width + head * size;
        for (let k = 0; k < n; k++) weights[q * n + k] = scale * dot(qkv, query, qkv, k * row + key, size);
        softmax(weights, q * n, n);
      }
    }

    mix(qkv, n, head, weights, read) {
      const size = this.width / this.heads, row = 3 * this.width;
      for (let q = 0; q < n; q++)
        for (let k = 0; k < n; k++) {
          const weight = weights[q * n + k], from = k * row + 2 * this.width + head * size;
          for (let c = 0; c < size; c++) read[q * this.width + head * size + c] += weight * qkv[from + c];
        }
    }

    // Return the `count` likeliest tokens at a place, [[id, probability], ...]: only this place is scored.
    guesses(hidden, place, count = 5) {
      const own = hidden.subarray(place * this.width, (place + 1) * this.width);
      const vector = layerNorm(linear(own, this.head.project).map(gelu), this.head.norm, this.eps);
      const scores = linear(vector, { weight: this.embedding, bias: this.head.bias });
      softmax(scores, 0, scores.length);
      return Array.from(scores, (score, id) => [id, score]).sort((a, b) => b[1] - a[1]).slice(0, count);
    }
  };
})();
