/** The runner's network and nothing else, back to back: `bare-loop.js PACKAGE SECONDS` prints frames a second. */
import { join } from 'node:path';
import { openSession } from '../../src/infer/ort-session.js';
import { readPackage } from '../../src/model/package.js';
import { noise } from './network.js';

const [folder = '', seconds = '5'] = process.argv.slice(2);
const { manifest } = await readPackage(folder);
const [rung] = manifest.rungs;
const graph = rung?.graphs[0];
if (rung === undefined || graph === undefined) throw new Error(`${folder} has no graph`);
const session = await openSession({
  graphPath: join(folder, graph.file),
  input: rung,
  classes: manifest.labels.length,
  threads: 1,
  providers: ['cpu'],
  binding: null,
});
const pixels = noise(rung.width * rung.height * 3, 1);
for (let i = 0; i < 20; i++) await session.run(pixels);
const startNs = process.hrtime.bigint();
let count = 0;
while (Number(process.hrtime.bigint() - startNs) / 1e9 < Number(seconds)) {
  await session.run(pixels);
  count++;
}
console.log(count / (Number(process.hrtime.bigint() - startNs) / 1e9));
