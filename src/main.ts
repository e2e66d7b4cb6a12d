#!/usr/bin/env node
/** The command line: words to a command, the command's outcome to an exit code. Commands load what they need themselves. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { ModelBuildOptions } from './commands/build-options.js';
import { EXIT_BUG, EXIT_CONFIG, EXIT_FAILED } from './commands/exit-codes.js';
import type { ModelImportOptions } from './commands/import-options.js';
import type { ModelBenchOptions } from './commands/model-bench.js';
import type { ModelCompareOptions } from './commands/model-compare.js';
import type { ModelEvalOptions } from './commands/model-eval.js';
import type { ModelInspectOptions } from './commands/model-inspect.js';
import type { SensorsCommandOptions } from './commands/sensors.js';
import { asEdgeError } from './errors.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('edgenextd')
  .description('Edge vision inside watt, degree and latency budgets: camera frames to EdgeNeXt to MQTT.')
  .version(version)
  .enablePositionalOptions()
  .showHelpAfterError();

program
  .command('run')
  .description('run the daemon until SIGTERM or SIGINT')
  .requiredOption('--config <file>', 'configuration file; conf.d/*.yaml beside it is merged in')
  .option('--strict', 'exit 78 on a bad configuration instead of running on the last good one')
  .action(async (options: { config: string; strict?: boolean }) => {
    const { run } = await import('./commands/run.js');
    process.exitCode = await run({ file: options.config, strict: options.strict === true, version });
  });

const write = (text: string): void => {
  process.stdout.write(text);
};

const config = program.command('config').description('check and show the configuration');

config
  .command('check <file>')
  .description('name every problem with its place; exit 78 if there is one')
  .action(async (file: string) => {
    const { configCheck } = await import('./commands/config.js');
    process.exitCode = await configCheck(file, write);
  });

config
  .command('show <file>')
  .description('the effective configuration, secrets masked')
  .option('--origin', 'with the file and line that each value comes from')
  .action(async (file: string, options: { origin?: boolean }) => {
    const { configShow } = await import('./commands/config.js');
    process.exitCode = await configShow(file, { origin: options.origin === true }, write);
  });

config
  .command('schema')
  .description('JSON Schema of the configuration file')
  .action(async () => {
    const { configSchemaCommand } = await import('./commands/config.js');
    process.exitCode = configSchemaCommand(write);
  });

const model = program.command('model').description('make and look at model packages');

model
  .command('build <checkpoints...>')
  .description('turn EdgeNeXt checkpoints (safetensors, .pth, or hf:OWNER/NAME@REVISION) into a package')
  .option('--size <sizes>', 'input sizes, comma-separated, such as 160 or 128x96; the first is the default')
  .option('--out <folder>', 'folder of the package (default: NAME-VERSION here)')
  .option('--labels <file>', 'class names, one a line')
  .option('--name <name>', 'lower-case letters, digits, "_", "." and "-"')
  .option('--version <version>', 'major.minor.patch (default: 0.1.0)')
  .option('--release <n>', 'release counter, which only ever rises (default: 1)')
  .option('--fit <fit>', 'crop, squash or letterbox (default: crop)')
  .option('--crop-pct <share>', 'with crop: share of the short side that is kept (default: 0.9)')
  .option('--graphs <ids>', 'float32 and some of int8-linear, int8-linear-accurate, int8, int8-fast, int8-auto')
  .option('--calibrate <folder>', 'pictures like those the model will see, which int8, int8-fast and int8-auto need')
  .option('--ranges <method>', 'how int8 ranges are chosen from them: headroom (default), min-max, percentile, mse')
  .option('--golden <folder>', 'pictures that go into the package with their scores')
  .option(
    '--quality <text...>',
    'measured accuracy, SIZE:METRIC=VALUE@IMAGES:DATA; with several checkpoints a rung for SIZE',
  )
  .option('--licence <text>', 'licence of the weights')
  .option('--attribution <text>', 'who and what is to be named')
  .action(async (checkpoints: string[], options: Omit<ModelBuildOptions, 'checkpoints'>) => {
    const { modelBuild } = await import('./commands/model-build.js');
    await modelBuild({ checkpoints, ...options }, write);
  });

model
  .command('import <file>')
  .description('make a package of any ONNX classifier')
  .requiredOption('--input-size <size>', 'size of its input, such as 224 or 256x192')
  .requiredOption('--mean <r,g,b>', 'what is subtracted from pixels of 0 to 1, such as 0.485,0.456,0.406')
  .requiredOption('--std <r,g,b>', 'what they are then divided by, such as 0.229,0.224,0.225')
  .option('--layout <layout>', 'nchw or nhwc (default: from the shape of its input)')
  .option('--scores <kind>', 'probabilities or logits: what its output is (default: logits; probabilities are noticed)')
  .option('--output <name>', 'the output with the scores, where there are several')
  .option('--out <folder>', 'folder of the package (default: NAME-VERSION here)')
  .option('--labels <file>', 'class names, one a line')
  .option('--name <name>', 'lower-case letters, digits, "_", "." and "-" (default: from the file’s name)')
  .option('--version <version>', 'major.minor.patch (default: 0.1.0)')
  .option('--release <n>', 'release counter, which only ever rises (default: 1)')
  .option('--fit <fit>', 'crop, squash or letterbox (default: crop)')
  .option('--crop-pct <share>', 'with crop: share of the short side that is kept (default: 0.9)')
  .option('--golden <folder>', 'pictures that go into the package with their scores')
  .option('--licence <text>', 'licence of the weights')
  .option('--attribution <text>', 'who and what is to be named')
  .action(async (file: string, options: ModelImportOptions) => {
    const { modelImport } = await import('./commands/model-import.js');
    await modelImport(file, options, write);
  });

model
  .command('inspect <package>')
  .description('what a package is: network, graphs, precision by layer, input, quality')
  .option('--json', 'as JSON')
  .action(async (folder: string, options: ModelInspectOptions) => {
    const { modelInspect } = await import('./commands/model-inspect.js');
    await modelInspect(folder, options, write);
  });

model
  .command('eval <package> <folder>')
  .description('accuracy on pictures in sub-folders named by class, or with a labels.tsv')
  .option('--rung <id>', 'the rung (default: the first)')
  .option('--graph <ids...>', 'its graphs (default: all)')
  .option('--labels <file>', 'names that numbers in labels.tsv stand for, one a line (default: the package’s)')
  .option('--names <file>', 'what the folder calls the classes of the package, one a line in the package’s order')
  .option('--through <source>', 'let the scaler of v4l2, rtsp or video work first; with a capture size: v4l2:640x480')
  .option('--threads <n>', 'threads of the network (default: half the cores)')
  .option('--json', 'as JSON')
  .action(async (folder: string, pictures: string, options: ModelEvalOptions) => {
    const { modelEval } = await import('./commands/model-eval.js');
    await modelEval(folder, pictures, options, write);
  });

model
  .command('compare <a> <b>')
  .description(
    'how alike two graphs answer, and what each costs: PACKAGE, PACKAGE@GRAPH, PACKAGE@RUNG/GRAPH or FILE.onnx',
  )
  .option('--images <folder>', 'pictures to compare on (default: the golden pictures of the first)')
  .option('--threads <n>', 'threads of each network (default: half the cores)')
  .option('--rounds <n>', 'timed runs of each (default: 50)')
  .option('--json', 'as JSON')
  .action(async (a: string, b: string, options: ModelCompareOptions) => {
    const { modelCompare } = await import('./commands/model-compare.js');
    await modelCompare(a, b, options, write);
  });

model
  .command('bench <package...>')
  .description('milliseconds of all graphs in one run, with ratios to the first; also of .onnx files')
  .option('--rung <id>', 'of packages: this rung only')
  .option('--graph <ids...>', 'of packages: these graphs only')
  .option('--threads <n>', 'threads of each network (default: half the cores)')
  .option('--rounds <n>', 'timed runs of each (default: 100)')
  .option('--arm-shaped', 'optimize the graphs as onnxruntime does on ARM')
  .option('--profile', 'where the time goes, by operator')
  .option('--json', 'as JSON')
  .action(async (packages: string[], options: ModelBenchOptions) => {
    const { modelBench } = await import('./commands/model-bench.js');
    await modelBench(packages, options, write);
  });

program
  .command('sensors')
  .description('what this board says: temperatures, power, clocks, throttling; or why it is not known')
  .option('--watch', 'again each second')
  .option('--json', 'one JSON line a round')
  .action(async (options: SensorsCommandOptions) => {
    const { sensors } = await import('./commands/sensors.js');
    process.exitCode = await sensors(options, { write, isTerminal: process.stdout.isTTY === true });
  });

program
  .command('cameras')
  .description('list the cameras that libcamera knows')
  .action(async () => {
    const { cameras } = await import('./commands/cameras.js');
    process.exitCode = await cameras(write);
  });

try {
  await program.parseAsync();
} catch (thrown) {
  const error = asEdgeError(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  process.stderr.write(`edgenextd: ${error.family === 'bug' && stack !== undefined ? stack : error.message}\n`);
  process.exitCode = error.family === 'configuration' ? EXIT_CONFIG : error.family === 'bug' ? EXIT_BUG : EXIT_FAILED;
}
