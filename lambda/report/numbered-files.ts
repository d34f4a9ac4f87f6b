/** UTF-16 code units of a file. Files are built in memory and opened in spreadsheets, so longer content is split. */
const FILE_CHARACTERS = 16 * 1024 * 1024;
/** Rows are encoded in blocks: many short strings take several times the memory of their bytes. */
const BLOCK_CHARACTERS = 64 * 1024;

export interface NumberedFilesOptions {
  /** The name of the first file: `changes.csv` is followed by `changes-2.csv`. */
  readonly name: string;
  /** The start of every file. */
  readonly header: string;
  readonly put: (name: string, body: Uint8Array) => Promise<unknown>;
  readonly fileCharacters?: number;
}

/** Writes rows to as many files as they need. Without rows there is one file. */
export class NumberedFiles {
  readonly #options: Required<NumberedFilesOptions>;
  #blocks: Uint8Array[] = [];
  /** What is not in a block yet. */
  #text: string;
  #characters: number;
  #number = 1;

  constructor({ fileCharacters = FILE_CHARACTERS, ...options }: NumberedFilesOptions) {
    this.#options = { fileCharacters, ...options };
    this.#text = options.header;
    this.#characters = options.header.length;
  }

  async add(row: string): Promise<void> {
    const { header, fileCharacters } = this.#options;
    if (this.#characters > header.length && this.#characters + row.length > fileCharacters) {
      await this.finish();
      this.#number += 1;
      this.#text = header;
      this.#characters = header.length;
    }
    this.#text += row;
    this.#characters += row.length;
    if (this.#text.length >= BLOCK_CHARACTERS) this.#endBlock();
  }

  async finish(): Promise<void> {
    const { name, put } = this.#options;
    this.#endBlock();
    const body = Buffer.concat(this.#blocks);
    this.#blocks = [];
    await put(this.#number === 1 ? name : name.replace(".", `-${this.#number}.`), body);
  }

  #endBlock(): void {
    this.#blocks.push(Buffer.from(this.#text));
    this.#text = "";
  }
}
