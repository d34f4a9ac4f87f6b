/** A file is made in memory, and opened in a spreadsheet: beyond so many UTF-16 code units, rows go on in another one. */
const FILE_CHARACTERS = 16 * 1024 * 1024;

export interface NumberedFilesOptions {
  /** `changes.csv`; the second file is `changes-2.csv`. */
  readonly name: string;
  /** What every file begins with. */
  readonly header: string;
  readonly put: (name: string, text: string) => Promise<unknown>;
  readonly fileCharacters?: number;
}

/** Rows of one report as they stream by, in as many files as they need; at least one, even without any row. */
export class NumberedFiles {
  readonly #options: Required<NumberedFilesOptions>;
  #text: string;
  #number = 1;

  constructor({ fileCharacters = FILE_CHARACTERS, ...options }: NumberedFilesOptions) {
    this.#options = { fileCharacters, ...options };
    this.#text = options.header;
  }

  async add(row: string): Promise<void> {
    const { header, fileCharacters } = this.#options;
    if (this.#text.length > header.length && this.#text.length + row.length > fileCharacters) {
      await this.finish();
      this.#number += 1;
      this.#text = header;
    }
    this.#text += row;
  }

  async finish(): Promise<void> {
    const { name, put } = this.#options;
    await put(this.#number === 1 ? name : name.replace(".", `-${this.#number}.`), this.#text);
  }
}
