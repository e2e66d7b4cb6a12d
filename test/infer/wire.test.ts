import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFromRunner, readToRunner } from '../../src/infer/wire.js';

const logits = Float32Array.of(1, 2, 3);
const region = { logits, prepareMs: 0.5, networkMs: 2 };
const answer = { type: 'answer', id: 1, picture: { width: 8, height: 8 }, regions: [region] };
const ready = {
  type: 'ready',
  runtime: 'onnxruntime-node 1.30.0',
  providersCompiledIn: ['cpu'],
  providerActual: 'cpu',
  providerReason: null,
  loadMs: 1,
  warmUpMs: 1,
};

describe('what a runner says', () => {
  it.each([
    ['an answer', answer],
    ['an answer without regions', { ...answer, regions: [] }],
    ['ready', ready],
    ['ready on something else than wished', { ...ready, providerReason: 'because' }],
    ['refused', { type: 'refused', code: 'graph-missing', message: 'no', facts: {} }],
    ['corrupt', { type: 'corrupt', id: 4, message: 'cut off' }],
  ])('%s is taken as it is', (_, message) => {
    expect(readFromRunner(message, 3)).toBe(message);
  });

  it.each([
    ['nothing', undefined],
    ['text', 'answer'],
    ['another type', { ...answer, type: 'frame' }],
    ['no frame number', { ...answer, id: undefined }],
    ['a negative frame number', { ...answer, id: -1 }],
    ['no picture', { ...answer, picture: null }],
    ['too few logits', { ...answer, regions: [{ ...region, logits: Float32Array.of(1, 2) }] }],
    ['logits in another form', { ...answer, regions: [{ ...region, logits: [1, 2, 3] }] }],
    ['a duration that is none', { ...answer, regions: [{ ...region, networkMs: Number.NaN }] }],
    ['a negative duration', { ...answer, regions: [{ ...region, prepareMs: -1 }] }],
    ['ready without a provider', { ...ready, providerActual: undefined }],
    ['ready with a name that is none', { ...ready, providersCompiledIn: [1] }],
    ['refused without facts', { type: 'refused', code: 'a', message: 'b', facts: null }],
  ])('%s is malformed', (_, message) => {
    expect(readFromRunner(message, 3)).toBeNull();
  });
});

describe('what a runner is told', () => {
  const frame = { type: 'frame', id: 1, format: { kind: 'jpeg' }, views: [], bytes: 3 };

  it.each([
    ['a frame', frame],
    ['a start', { type: 'start', spec: {} }],
  ])('%s is taken as it is', (_, message) => {
    expect(readToRunner(message)).toBe(message);
  });

  it.each([
    ['null', null],
    ['no count of bytes', { ...frame, bytes: -1 }],
    ['no views', { ...frame, views: null }],
    ['no format', { ...frame, format: 'jpeg' }],
    ['a start with nothing', { type: 'start' }],
  ])('%s is malformed', (_, message) => {
    expect(readToRunner(message)).toBeNull();
  });
});

it('whatever comes, reading it never throws', () => {
  const type = fc.constantFrom('ready', 'refused', 'answer', 'corrupt', 'start', 'frame');
  const anything = fc.oneof(
    fc.anything(),
    fc.record({ type, id: fc.anything(), regions: fc.array(fc.anything()), picture: fc.anything() }),
  );
  fc.assert(
    fc.property(anything, (raw) => {
      readFromRunner(raw, 3);
      readToRunner(raw);
    }),
  );
});
