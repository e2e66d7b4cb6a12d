import { configurationError, type EdgeError } from '../errors.js';

export type Path = readonly (string | number)[];

/** Where a value or key stands. Line 0 means the file as a whole. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** One thing that is wrong with a configuration. Never carries a secret: texts go to logs and over MQTT. */
export interface Problem {
  readonly place: Place;
  /** As `formatPath` writes it; empty for the whole file. */
  readonly path: string;
  readonly what: string;
  readonly expected: string | null;
  readonly found: string | null;
  /** The known key that was probably meant. */
  readonly nearest: string | null;
}

export function problemAt(
  place: Place,
  path: Path,
  what: string,
  more: Partial<Pick<Problem, 'expected' | 'found' | 'nearest'>> = {},
): Problem {
  return { place, path: formatPath(path), what, expected: null, found: null, nearest: null, ...more };
}

/** `cameras.front.decide.classes["stop sign"].minScore` */
export function formatPath(path: Path): string {
  return path.reduce<string>((before, step) => {
    if (typeof step === 'number') return `${before}[${step}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(step)) return `${before}[${JSON.stringify(step)}]`;
    return before === '' ? step : `${before}.${step}`;
  }, '');
}

export function renderPlace(place: Place): string {
  return place.line === 0 ? place.file : `${place.file}:${place.line}`;
}

/** One line: file:line, path, what is wrong, expected, found, nearest known key. */
export function renderProblem(problem: Problem): string {
  const details = [
    problem.what,
    problem.expected === null ? '' : `expected ${problem.expected}`,
    problem.found === null ? '' : `found ${problem.found}`,
    problem.nearest === null ? '' : `did you mean "${problem.nearest}"?`,
  ].filter((part) => part !== '');
  return [renderPlace(problem.place), problem.path, details.join('; ')].filter((part) => part !== '').join(': ');
}

/** In the order of the files as they were read, then by line. */
export function sortProblems(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const rank = (problem: Problem): number => files.indexOf(problem.place.file);
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.place.line - b.place.line);
}

/** More than anybody reads; the text also goes into one message. */
const MOST_SHOWN = 50;

/** All problems of a configuration as one error, with every problem on a line of its own. */
export function configurationInvalid(file: string, problems: readonly Problem[]): EdgeError {
  const shown = problems.slice(0, MOST_SHOWN);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = shown.map((problem) => `  ${renderProblem(problem)}`);
  if (problems.length > shown.length) lines.push(`  and ${problems.length - shown.length} more`);
  return configurationError('configuration-invalid', `${file} has ${count}:\n${lines.join('\n')}`, {
    file,
    problems: shown,
  });
}
