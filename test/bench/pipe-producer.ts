import type { Socket } from 'node:net';
import { connectWhenThere } from '../harness/daemon.js';

/** A camera in the shape of the `pipe:` source: raw RGB frames of one size with the documented 24-byte header. */
export class PipeProducer {
  readonly #socket: Socket;
  readonly #message: Buffer;
  #seq = 0;

  private constructor(socket: Socket, width: number, height: number) {
    this.#socket = socket;
    this.#message = Buffer.alloc(24 + width * height * 3);
    this.#message.write('RGB3', 0, 'latin1');
    this.#message.writeUInt16LE(width, 16);
    this.#message.writeUInt16LE(height, 18);
    this.#message.writeUInt32LE(width * height * 3, 20);
  }

  static async connect(path: string, width: number, height: number): Promise<PipeProducer> {
    return new PipeProducer(await connectWhenThere(path), width, height);
  }

  /** Sends one frame; resolves with its number and the time at which the kernel had taken the last byte. */
  send(pixels: Uint8Array): Promise<{ seq: number; completeNs: bigint }> {
    const seq = this.#seq++;
    this.#message.writeUInt32LE(seq, 4);
    this.#message.writeBigUInt64LE(process.hrtime.bigint(), 8);
    this.#message.set(pixels, 24);
    return new Promise((resolve, reject) => {
      this.#socket.write(this.#message, (error) => {
        if (error) reject(error);
        else resolve({ seq, completeNs: process.hrtime.bigint() });
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
