/** Tar archives (POSIX ustar), gzipped, that hold the same bytes each time they are made from the same files. */

import { gzipSync } from "node:zlib";

const BLOCK = 512;

/** The archive of pairs of a path of at most 100 bytes and its content, in the order of their paths. */
export function tarball(files) {
  const parts = [];
  for (const [path, content] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    parts.push(head(path, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1)));
  }
  const archive = gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
  archive[9] = 255; // the system that made it: unknown, for it differs by machine
  return archive;
}

function head(path, size) {
  const block = Buffer.alloc(BLOCK);
  const number = (value, digits) => `${value.toString(8).padStart(digits, "0")}\0`;
  if (Buffer.byteLength(path) > 100) throw new Error(`${path}: longer than a tar archive can say`);
  block.write(path, 0);
  block.write(number(0o644, 7), 100); // mode
  block.write(number(0, 7), 108); // owner
  block.write(number(0, 7), 116); // group
  block.write(number(size, 11), 124);
  block.write(number(0, 11), 136); // time
  block.write("        ", 148); // the checksum counts as blanks
  block.write("0", 156); // a file
  block.write("ustar\0" + "00", 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return block;
}
