import { expect, it } from 'vitest';
import { createLogger, setLogLevel } from '../src/log.js';

it('a new level counts for the logger and for all that were made from it', () => {
  const log = createLogger('info', false);
  const children = [log.child({ camera: 'front' }), log.child({ camera: 'rear' }).child({ deeper: true })];
  setLogLevel(log, 'debug');
  expect([log, ...children].map(({ level }) => level)).toEqual(['debug', 'debug', 'debug']);
  setLogLevel(log, 'error');
  expect(children.map(({ level }) => level)).toEqual(['error', 'error']);
});
