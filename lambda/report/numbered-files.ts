/** UTF-16 code units of a file. Files are built in memory and opened in spreadsheets, so longer content is split. */
const FILE_CHARACTERS = 16 * 1024 * 1024;

export interface NumberedFilesOptions {
  /** The name of the first file: `changes.csv` is followed by `changes-2.csv`. */
  readonly name: string;
  /** The start of every file. */
  readonly header: string;
  readonly put: (name: string, text: string) => Promise<unknown>;
  readonly fileCharacters?: number;
}

/** Writes rows to as many files as they need. Without rows there is one file. */
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
