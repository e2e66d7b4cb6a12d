import { type Picture, STAGES, type Stage } from './view-model.js';

/** What does not change while the demo runs. */
export interface ViewFacts {
  readonly source: string;
  /** A ready command line that shows all messages. */
  readonly watch: string;
  readonly logFile: string;
}

export type Row = readonly [label: string, text: string];

/** The live view, a row a subject. */
export function rowsOf(picture: Picture, facts: ViewFacts): Row[] {
  return [
    ['camera', cameraText(picture, facts)],
    ['sees', seesText(picture)],
    ['latency', latencyText(picture)],
    ['by stage', stagesText(picture)],
    ['graph', graphText(picture)],
    ['frames', framesText(picture)],
    ...(picture.rover === null ? [] : [['rover', roverText(picture.rover)] as const]),
    ['topics', facts.watch],
    ['log', facts.logFile],
  ];
}

/** The same in one line, for a log. */
export function lineOf(picture: Picture): string {
  const { result, rover } = picture;
  const parts = [
    result === null ? 'nothing seen yet' : `sees ${result.class_id} ${result.score.toFixed(2)}`,
    latencyText(picture),
    framesText(picture),
    ...(rover === null ? [] : [roverText(rover)]),
  ];
  return parts.join(' | ');
}

function cameraText({ status }: Picture, { source }: ViewFacts): string {
  if (status === null) return `${source}, starting`;
  const rate = status.fps === null ? '' : `, ${status.fps.toFixed(1)} fps`;
  return `${status.camera}, ${source}${rate}, ${status.online ? 'online' : `offline: ${status.reason ?? 'no reason given'}`}`;
}

const BAR = 20;

function seesText({ result }: Picture): string {
  if (result === null) return 'nothing yet';
  const filled = Math.round(result.score * BAR);
  const others = result.results.slice(1, 3).map((one) => `${one.class_id} ${one.score.toFixed(2)}`);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  return `${result.class_id.padEnd(11)} ${bar} ${result.score.toFixed(2)}   then ${others.join(', ')}`;
}

function latencyText({ latency }: Picture): string {
  const here = latency.get('here');
  if (here === undefined) return 'no result yet';
  return `p50 ${here.p50.toFixed(1)} ms, p95 ${here.p95.toFixed(1)} ms from the picture to this subscriber`;
}

function stagesText({ latency }: Picture): string {
  const text = (stage: Stage): string => {
    const ms = latency.get(stage);
    return ms === undefined ? '' : `${stage} ${ms.p50.toFixed(1)}/${ms.p95.toFixed(1)}`;
  };
  const known = STAGES.map(text).filter(Boolean);
  return known.length === 0 ? '' : `${known.join(' ')} (p50/p95 ms)`;
}

function graphText({ result, factsheet }: Picture): string {
  if (result === null) return 'loading';
  const { name, version, rung, graph } = result.model;
  const slot = factsheet?.slots.find((one) => one.slot === result.slot);
  const where = slot?.providerActual ? `, ${slot.providerActual}, threads: ${slot.threads ?? 'unknown'}` : '';
  return `${graph} of ${name} ${version}, ${rung}${where}`;
}

function framesText({ state, results }: Picture): string {
  const frames = state?.cameras[0]?.frames;
  if (frames === undefined) return `${results} results`;
  const lost = Object.entries(frames).filter(([fate, count]) => fate !== 'done' && count > 0);
  return [['done', frames.done] as const, ...lost].map(([fate, count]) => `${fate} ${count}`).join(', ');
}

function roverText(rover: NonNullable<Picture['rover']>): string {
  const cm = (metres: number): string => `${Math.abs(metres * 100).toFixed(0)} cm`;
  const side = rover.offsetM >= 0 ? 'left' : 'right';
  const trouble = [
    rover.laneLeft > 0 ? `left the lane ${rover.laneLeft} times` : '',
    rover.stops > 0 ? `stopped ${rover.stops} times without a valid result` : '',
    rover.rescues > 0 ? `put back ${rover.rescues} times` : '',
  ].filter(Boolean);
  const way = `${rover.laps.toFixed(2)} laps, ${rover.speedMps.toFixed(1)} m/s`;
  const middle = `${cm(rover.offsetM)} ${side} of the middle (mean ${cm(rover.meanOffsetM)}, worst ${cm(rover.maxOffsetM)})`;
  return [way, middle, ...trouble].join(', ');
}
