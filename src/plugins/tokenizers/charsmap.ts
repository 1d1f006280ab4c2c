/**
 * The normalisation that a SentencePiece model carries (`precompiled_charsmap` of its tokenizer.json): a trie
 * from strings of UTF-8 to what stands in their place. It is applied as Hugging Face's tokenizers does
 * (`Precompiled`, spm_precompiled 0.1), whose way with combining marks is its own.
 */
export class Charsmap {
  readonly #trie: Uint32Array;
  /** Replacements, each ended by a zero byte. */
  readonly #replacements: Uint8Array;

  /** @param blob byte length of the trie, the trie as a double array of uint32, the replacements; little-endian */
  constructor(blob: Uint8Array) {
    const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    const units = view.getUint32(0, true) / 4;
    this.#trie = Uint32Array.from({ length: units }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = blob.subarray(4 + 4 * units);
  }

  apply(text: string): string {
    let applied = '';
    for (const { segment } of GRAPHEMES.segment(text)) {
      const bytes = UTF_8.encode(segment);
      const whole = bytes.length < 6 ? this.#replacement(bytes) : undefined;
      if (whole !== undefined) applied += whole;
      else for (const character of segment) applied += this.#replacement(UTF_8.encode(character)) ?? character;
    }
    return applied;
  }

  /** What stands in place of the shortest known beginning, for all of it. */
  #replacement(bytes: Uint8Array): string | undefined {
    const trie = this.#trie;
    let at = offset(trie[0] ?? 0);
    for (const byte of bytes) {
      at ^= byte;
      const unit = trie[at] ?? 0;
      if ((unit & 0x8000_00ff) !== byte) return undefined;
      at ^= offset(unit);
      if ((unit & 0x100) === 0) continue;
      const start = (trie[at] ?? 0) & 0x7fff_ffff;
      return UTF_8_DECODER.decode(this.#replacements.subarray(start, this.#replacements.indexOf(0, start)));
    }
    return undefined;
  }
}

/** Distance to the children of a unit of the trie. */
function offset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' });
const UTF_8 = new TextEncoder();
const UTF_8_DECODER = new TextDecoder();
