/** Text to token ids and back, for any model that comes with a `tokenizer.json`. */
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { WickError } from '@wick/core';
import { type TokenizerFiles, tokenizerParts } from './files.js';
import { TokenStream } from './stream.js';

/** Options of `Tokenizer.encode`. */
export interface EncodeOptions {
  /** Whether the tokens that the tokenizer puts around a text are added; by default they are. */
  readonly specialTokens?: boolean;
  /**
   * What happens to a character that the vocabulary cannot express and that no unknown-token stands for:
   * `error` (the default) raises INVALID_ARGUMENT naming it, `skip` leaves it out.
   */
  readonly unknown?: 'error' | 'skip';
}

/** Options of `Tokenizer.decode` and `Tokenizer.stream`. */
export interface DecodeOptions {
  /** Whether special tokens appear in the text as they are written; by default they are left out. */
  readonly specialTokens?: boolean;
}

/** A tokenizer. It keeps no state between calls. */
export interface Tokenizer {
  /** One more than the highest token id. A model may have a few more logits than that. */
  readonly vocabularySize: number;
  /** The token that begins a text, if the files name one. */
  readonly bosId: number | undefined;
  /** The tokens that end a text, as far as the files name them; a model's configuration may know more. */
  readonly eosIds: readonly number[];
  /** The ids of a text. */
  encode(text: string, options?: EncodeOptions): number[];
  /**
   * The text of ids, exactly as the vocabulary spells it: no spaces are tidied up. Bytes that are no UTF-8
   * become U+FFFD.
   *
   * @throws INVALID_ARGUMENT for an id that no token has.
   */
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** Decodes ids one by one, as they are generated. */
  stream(options?: DecodeOptions): TokenStream;
  /** The id of a token as the vocabulary writes it, or undefined. */
  idOf(token: string): number | undefined;
}

/**
 * Makes a tokenizer from the parsed `tokenizer.json` and, if there is one, `tokenizer_config.json`.
 * Truncation and padding in these files are not applied.
 *
 * @throws BAD_FILE when the files do not describe a tokenizer that is known.
 */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const { tokenizer, config, bosToken, eosToken } = tokenizerParts(files);
  let library: Library;
  try {
    library = new Library(tokenizer, config);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WickError('BAD_FILE', `tokenizer.json describes no known tokenizer: ${reason}.`, { cause });
  }
  return new LibraryTokenizer(library, bosToken, eosToken);
}

class LibraryTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly bosId: number | undefined;
  readonly eosIds: readonly number[];
  readonly #library: Library;
  readonly #special = new Set<number>();

  constructor(library: Library, bosToken: string | undefined, eosToken: string | undefined) {
    this.#library = library;
    let highest = -1;
    for (const id of library.get_vocab().values()) highest = Math.max(highest, id);
    this.vocabularySize = highest + 1;
    for (const [id, token] of library.get_added_tokens_decoder()) if (token.special) this.#special.add(id);
    this.bosId = bosToken === undefined ? undefined : this.idOf(bosToken);
    const eosId = eosToken === undefined ? undefined : this.idOf(eosToken);
    this.eosIds = eosId === undefined ? [] : [eosId];
  }

  encode(text: string, { specialTokens = true, unknown = 'error' }: EncodeOptions = {}): number[] {
    const ids = this.#encode(text, specialTokens);
    const known = ids.filter((id) => id !== undefined);
    if (known.length < ids.length && unknown === 'error') throw this.#unknown(text);
    return known;
  }

  decode(ids: readonly number[], { specialTokens = false }: DecodeOptions = {}): string {
    for (const id of ids) {
      if (this.#library.id_to_token(id) === undefined) {
        const known = `the vocabulary has ${this.vocabularySize}`;
        throw new WickError('INVALID_ARGUMENT', `${id} is not the id of a token, ${known}.`);
      }
    }
    const shown = specialTokens ? [...ids] : ids.filter((id) => !this.#special.has(id));
    if (shown.length === 0) return '';
    return this.#library.decode(shown, { clean_up_tokenization_spaces: false });
  }

  stream(options: DecodeOptions = {}): TokenStream {
    const skipped = options.specialTokens === true ? new Set<number>() : this.#special;
    return new TokenStream((ids) => this.decode(ids, options), skipped);
  }

  idOf(token: string): number | undefined {
    return this.#library.token_to_id(token);
  }

  /** The library gives undefined, against its types, for what has no token. */
  #encode(text: string, specialTokens: boolean): readonly (number | undefined)[] {
    return this.#library.encode(text, { add_special_tokens: specialTokens }).ids;
  }

  /** Looks for the characters to blame one by one; an error may take its time. */
  #unknown(text: string): WickError {
    const characters = [...new Set(text)].filter((character) =>
      this.#encode(character, false).includes(undefined),
    );
    const named = characters.slice(0, 5).map((character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      return `${JSON.stringify(character)} (U+${code})`;
    });
    const what = named.length === 0 ? 'a part of the text' : named.join(', ');
    return new WickError('INVALID_ARGUMENT', `The vocabulary of this model has no token for ${what}.`);
  }
}
