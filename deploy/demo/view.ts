import { clearLine, clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { createViewModel, type Picture } from './view-model.js';
import { lineOf, rowsOf, type ViewFacts } from './view-text.js';

const PAINT_EVERY_MS = 100;
const LINE_EVERY_MS = 2000;
const LABEL_WIDTH = 10;

/** The live view: redrawn in place on a terminal, otherwise one line every two seconds. Never paints faster than it is read. */
export interface View {
  take(topic: string, message: unknown): void;
  picture(): Picture;
  close(): void;
}

export interface ViewOptions {
  readonly base: string;
  readonly roverTopic: string;
  readonly facts: ViewFacts;
}

export function openView(out: NodeJS.WriteStream, { base, roverTopic, facts }: ViewOptions): View {
  const model = createViewModel(base, roverTopic);
  const paint = out.isTTY ? createPainter(out, facts) : () => out.write(`${lineOf(model.picture())}\n`);
  const show = (): void => {
    if (out.writableLength === 0) paint(model.picture());
  };
  if (!out.isTTY) out.write(`watch it: ${facts.watch}\n`);
  const timer = setInterval(show, out.isTTY ? PAINT_EVERY_MS : LINE_EVERY_MS);
  show();
  return {
    take: (topic, message) => model.take(topic, message, process.hrtime.bigint()),
    picture: model.picture,
    close() {
      clearInterval(timer);
      show();
    },
  };
}

function createPainter(out: WriteStream, facts: ViewFacts): (picture: Picture) => void {
  let painted = 0;
  return (picture) => {
    moveCursor(out, 0, -painted);
    cursorTo(out, 0);
    const rows = rowsOf(picture, facts);
    for (const [label, text] of rows) {
      // A line that wraps would make the next repaint start too low.
      const room = Math.max(0, out.columns - LABEL_WIDTH - 1);
      out.write(styleText('bold', label.padEnd(LABEL_WIDTH)) + text.slice(0, room));
      clearLine(out, 1);
      out.write('\n');
    }
    clearScreenDown(out);
    painted = rows.length;
  };
}
