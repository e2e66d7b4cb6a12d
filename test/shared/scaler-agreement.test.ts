import { expect, test } from 'vitest';
import { heldOutObjects } from './photographs.js';
import { scalerAgreement } from './scaler-agreement.js';

test('photographs scaled by ffmpeg are seen as the same as the files themselves', async () => {
  const everyThird = heldOutObjects().filter((_, index) => index % 3 === 0);
  const counted = await scalerAgreement(everyThird, { width: 320, height: 240 });
  expect(counted.photographs).toBeGreaterThan(150);
  expect(counted.same / counted.photographs).toBeGreaterThan(0.93);
  expect(Math.abs(counted.correctFromCapture - counted.correctFromFile) / counted.photographs).toBeLessThan(0.03);
});
