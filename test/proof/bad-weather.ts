import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { pipeFrame } from '../capture/support.js';
import type { TcpProxy } from '../fakes/tcp-proxy.js';
import { connectWhenThere } from '../harness/daemon.js';
import { noise } from '../prepare/generated.js';

/** Choices that repeat from run to run. */
function createChoices(seed: number): (below: number) => number {
  const bytes = noise(8192, seed);
  let next = 0;
  return (below) => bytes[next++ % bytes.length]! % below;
}

export interface Delivered {
  /** Frames that the daemon has to account for, broken ones included. */
  frames: number;
  /** Of them broken: cut short, or bytes between frames. */
  broken: number;
  connections: number;
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/**
 * A camera process that comes and goes: some tens of frames, now and then a burst, noise between two frames or half a
 * frame at the end. It leaves only after all was read, so that everything it wrote must be accounted for.
 */
export async function flapProducer(path: string, pictures: readonly Picture[], until: AbortSignal): Promise<Delivered> {
  const choose = createChoices(1);
  const delivered: Delivered = { frames: 0, broken: 0, connections: 0 };
  let seq = 0;
  const frame = (): Buffer => {
    const { width, height, pixels } = pictures[Math.floor(seq / 20) % pictures.length]!;
    return pipeFrame('RGB3', seq++, width, height, pixels, process.hrtime.bigint());
  };
  const write = async (socket: Socket, bytes: Buffer, isBroken: boolean): Promise<void> => {
    delivered.frames += 1;
    if (isBroken) delivered.broken += 1;
    if (!socket.write(bytes)) await once(socket, 'drain');
  };
  while (!until.aborted) {
    const socket = await connectWhenThere(path);
    delivered.connections += 1;
    for (let left = choose(60); left > 0 && !until.aborted; left--) {
      if (choose(40) === 0) await write(socket, Buffer.alloc(1 + choose(200)), true);
      await write(socket, frame(), false);
      if (choose(4) > 0) await pause(30);
    }
    if (choose(3) === 0) await write(socket, frame().subarray(0, 5000), true);
    socket.end();
    socket.resume();
    await once(socket, 'close');
  }
  return delivered;
}

/** A network that is well for a few seconds, then cut, one-way silent or slow for a few. */
export async function flapNetwork(proxy: TcpProxy, until: AbortSignal): Promise<number> {
  const choose = createChoices(2);
  const faults = [() => proxy.cut(), () => proxy.halfOpen(), () => proxy.delay(300)];
  let count = 0;
  while (!until.aborted) {
    await pause(1000 + choose(3) * 1000);
    faults[count++ % faults.length]!();
    await pause(1000 + choose(3) * 1000);
    proxy.heal();
  }
  return count;
}
