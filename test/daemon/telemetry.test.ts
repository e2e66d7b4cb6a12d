import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startMosquitto } from '../fakes/mosquitto.js';
import { MODELS, startDaemon } from '../harness/daemon.js';
import { observe } from '../publish/observer.js';

function film(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edgenextd-telemetry-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clip = join(folder, 'clip.mp4');
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=20', '-t', '2'];
  const made = spawnSync('ffmpeg', ['-loglevel', 'error', ...input, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip]);
  expect(made.stderr.toString()).toBe('');
  return clip;
}

/** The observer checks every message against its schema when it is closed. */
it('tells over MQTT what the board, the runner and the decoder take, and what became of the frames', async () => {
  const broker = await startMosquitto();
  const observer = await observe(broker.port, { protocolVersion: 5 });
  const daemon = await startDaemon({
    mqtt: { url: `mqtt://127.0.0.1:${broker.port}` },
    telemetry: { intervalS: 1 },
    slots: { main: { package: join(MODELS, 'rover/package') } },
    cameras: { front: { source: `video:${film()}?loop=1` }, unused: { source: 'synthetic:', enabled: false } },
  });
  onTestFinished(() => daemon.dispose());
  const isWarm = ({ message }: { message: Record<string, never> }): boolean => {
    const { cpuBusyPct, processes, cameras } = message as unknown as {
      cpuBusyPct: number | null;
      processes: { cpuPct: number | null }[];
      cameras: { latencyMs: object | null }[];
    };
    const isCounted = processes.length === 3 && processes.every(({ cpuPct }) => cpuPct !== null);
    return cpuBusyPct !== null && isCounted && cameras[0]?.latencyMs != null;
  };
  const { message, qos, retained } = await observer.until('telemetry', isWarm);
  expect({ qos, retained }).toEqual({ qos: 0, retained: false });

  expect(message.intervalS).toBeGreaterThanOrEqual(0.9);
  expect(message.memoryTotalMB).toBeGreaterThan(message.memoryAvailableMB);
  expect(message.diskTotalMB).toBeGreaterThanOrEqual(message.diskFreeMB);
  expect(message.processes.map(({ process, name }: { process: string; name: string }) => [process, name])).toEqual([
    ['daemon', null],
    ['runner', 'main'],
    ['camera', 'front'],
  ]);
  for (const { memoryMB } of message.processes) expect(memoryMB).toBeGreaterThan(10);
  const front = message.cameras.find(({ camera }: { camera: string }) => camera === 'front');
  expect(front.frames.done).toBeGreaterThan(0);
  expect(front.framesSinceStart.done).toBeGreaterThanOrEqual(front.frames.done);
  expect(front.latencyMs.total.p99).toBeGreaterThanOrEqual(front.latencyMs.network.p50);
  expect(front.today.results).toBeGreaterThanOrEqual(front.frames.done);
  expect(front.today.marginMean).toBeGreaterThan(0);

  // Whatever is not known says why, and nothing else does.
  const nameless = Object.entries(message).filter(
    ([key, value]) => /(Pct|MB|C|W|J|load1)$/.test(key) && value === null,
  );
  const explained = message.unknown.map(({ field }: { field: string }) => field);
  const figures = nameless.map(([key]) => key).filter((key) => key !== 'powerErrorPct');
  expect(explained).toEqual(expect.arrayContaining(figures));

  await daemon.stop();
  await observer.close();
  await broker.stop();
});
