/** What ffmpeg's scaler changes: `scaler-agreement.js WIDTHxHEIGHT…` runs all held-out photographs at each capture size. */
import { heldOutObjects } from '../shared/photographs.js';
import { scalerAgreement } from '../shared/scaler-agreement.js';

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

for (const size of process.argv.slice(2)) {
  const [width = 0, height = 0] = size.split('x').map(Number);
  const counted = await scalerAgreement(heldOutObjects(), { width, height });
  const { photographs, same, correctFromFile, correctFromCapture } = counted;
  console.log(
    `capture ${size}: same top-1 for ${percent(same, photographs)} of ${photographs} photographs; ` +
      `right ${percent(correctFromFile, photographs)} from the file, ${percent(correctFromCapture, photographs)} scaled by ffmpeg`,
  );
}
