import { crc32 } from "node:zlib";

/** One file of an archive. */
export interface ZipEntry {
  /** ASCII, with slashes. */
  readonly name: string;
  readonly body: Uint8Array;
  readonly isExecutable?: boolean;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_ARCHIVE = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** 2.0: files and folders, not compressed. */
const VERSION = 20;
const MADE_ON_UNIX = 3 << 8;
/** 1 January 1980, the first day that the format knows: the same content gives the same bytes. */
const DOS_DATE = (1 << 5) | 1;
const REGULAR_FILE = 0o100000;
const MOST_ENTRIES = 0xffff;
const MOST_BYTES = 0xffffffff;

/** The archive is larger than the format without extensions allows: 65,535 files and 4 GB. */
export class ZipTooLargeError extends Error {
  override readonly name = "ZipTooLargeError";
}

interface Written {
  readonly name: Buffer;
  readonly crc: number;
  readonly bytes: number;
  readonly offset: number;
  readonly mode: number;
}

/**
 * A ZIP archive (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT) of files that are stored, not compressed: what
 * is large in it is compressed already. The same entries give the same bytes. One entry is in memory at a time. Throws
 * `ZipTooLargeError`.
 */
export async function* zip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let offset = 0;
  for await (const { body, isExecutable = false, name: text } of entries) {
    const name = Buffer.from(text, "ascii");
    const entry = { name, crc: crc32(body), bytes: body.length, offset, mode: isExecutable ? 0o755 : 0o644 };
    written.push(entry);
    yield localHeader(entry);
    yield body;
    offset += LOCAL_BYTES + name.length + body.length;
    if (written.length > MOST_ENTRIES || offset > MOST_BYTES)
      throw new ZipTooLargeError("The archive would have more than 65,535 files or 4 GB.");
  }
  const directory = Buffer.concat(written.map(centralHeader));
  yield directory;
  yield endOfArchive(written.length, directory.length, offset);
}

function localHeader({ bytes, crc, name }: Written): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES);
  header.writeUInt32LE(LOCAL_HEADER, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(DOS_DATE, 12);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(bytes, 18);
  header.writeUInt32LE(bytes, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader({ bytes, crc, mode, name, offset }: Written): Buffer {
  const header = Buffer.alloc(CENTRAL_BYTES);
  header.writeUInt32LE(CENTRAL_HEADER, 0);
  header.writeUInt16LE(MADE_ON_UNIX | VERSION, 4);
  header.writeUInt16LE(VERSION, 6);
  header.writeUInt16LE(DOS_DATE, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(bytes, 20);
  header.writeUInt32LE(bytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(((REGULAR_FILE | mode) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}

function endOfArchive(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_OF_ARCHIVE, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(directoryOffset, 16);
  return end;
}
