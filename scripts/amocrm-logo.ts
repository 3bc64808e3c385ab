import { crc32, deflateSync } from "node:zlib";

/** Logos of the widget archive: a pulse line on the product's colour, drawn so that the build needs no image files. */

const BACKGROUND = [0x1f, 0x6f, 0x5c] as const;
const LINE = [0xff, 0xff, 0xff] as const;
/** The pulse, in shares of the drawing's square. */
const PULSE = [
  [0.08, 0.5],
  [0.3, 0.5],
  [0.4, 0.24],
  [0.54, 0.78],
  [0.64, 0.4],
  [0.7, 0.5],
  [0.92, 0.5],
] as const;

/** Only beside the steps of the Digital Pipeline. */
export const PIPELINE_LOGO = "logo_dp.png";

/** Sizes that the marketplace asks for, in pixels. */
export const LOGOS: Readonly<Record<string, readonly [width: number, height: number]>> = {
  "logo_main.png": [400, 272],
  "logo.png": [130, 100],
  "logo_small.png": [108, 108],
  "logo_medium.png": [240, 84],
  "logo_min.png": [84, 84],
  [PIPELINE_LOGO]: [174, 109],
};

/** The same bytes for the same size, on every machine. */
export function drawLogo(width: number, height: number): Uint8Array {
  const side = Math.min(width, height);
  const left = (width - side) / 2;
  const top = (height - side) / 2;
  const points = PULSE.map(([x, y]) => [left + x * side, top + y * side] as const);
  const thickness = side * 0.035;
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const cover = Math.min(1, Math.max(0, thickness + 0.5 - distance(points, x + 0.5, y + 0.5)));
      const at = y * (1 + width * 3) + 1 + x * 3;
      BACKGROUND.forEach((base, channel) => {
        rows[at + channel] = Math.round(base + ((LINE[channel] ?? 0) - base) * cover);
      });
    }
  }
  return png(width, height, rows);
}

function distance(points: readonly (readonly [number, number])[], x: number, y: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (const [index, [bx, by]] of points.entries()) {
    const from = points[index - 1];
    if (!from) continue;
    const [ax, ay] = from;
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const share = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
    best = Math.min(best, Math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay)));
  }
  return best;
}

function png(width: number, height: number, rows: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, RGB.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}
