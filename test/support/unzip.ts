import { crc32 } from "node:zlib";

/** A file as an archive has it. */
export interface Unpacked {
  readonly body: Buffer;
  /** Permissions, as Unix has them. */
  readonly mode: number;
}

/** Reads an archive of stored files by its central directory, and checks it against the local headers. Throws. */
export function unzip(archive: Buffer): ReadonlyMap<string, Unpacked> {
  const end = archive.length - 22;
  if (archive.readUInt32LE(end) !== 0x06054b50) throw new Error("The archive has no end.");
  const count = archive.readUInt16LE(end + 10);
  const files = new Map<string, Unpacked>();
  let at = archive.readUInt32LE(end + 16);
  for (let entry = 0; entry < count; entry += 1) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error("The directory is damaged.");
    const [crc, bytes] = [archive.readUInt32LE(at + 16), archive.readUInt32LE(at + 24)];
    const nameBytes = archive.readUInt16LE(at + 28);
    const name = archive.toString("ascii", at + 46, at + 46 + nameBytes);
    const local = archive.readUInt32LE(at + 42);
    const body = archive.subarray(local + 30 + nameBytes, local + 30 + nameBytes + bytes);
    if (archive.readUInt32LE(local) !== 0x04034b50 || archive.readUInt32LE(local + 14) !== crc || crc32(body) !== crc)
      throw new Error(`${name} is damaged.`);
    if (files.has(name)) throw new Error(`${name} is there twice.`);
    files.set(name, { body, mode: (archive.readUInt32LE(at + 38) >>> 16) & 0o777 });
    at += 46 + nameBytes;
  }
  if (at !== end) throw new Error("There is something between the directory and the end.");
  return files;
}
