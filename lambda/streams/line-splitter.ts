import { StringDecoder } from "node:string_decoder";

/** Splits UTF-8 content into lines as it arrives. A line that spans many chunks is joined once, at its end. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #pieces: string[] = [];
  #pending = 0;

  /** Characters of the line that has not ended yet. */
  get pending(): number {
    return this.#pending;
  }

  /** The lines that end in this chunk, without their line feeds. */
  push(chunk: Uint8Array): readonly string[] {
    const text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const end = text.lastIndexOf("\n");
    if (end < 0) {
      this.#pieces.push(text);
      this.#pending += text.length;
      return [];
    }
    const lines = (this.#pieces.join("") + text.slice(0, end)).split("\n");
    this.#pieces = [text.slice(end + 1)];
    this.#pending = text.length - end - 1;
    return lines;
  }

  /** Whether the content ended with a line feed, as it must. */
  isAtLineEnd(): boolean {
    return this.#decoder.end() === "" && this.#pieces.every((piece) => piece === "");
  }
}
