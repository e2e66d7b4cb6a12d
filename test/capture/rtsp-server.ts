import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { killedWithUs } from '../../src/killed-with-us.js';

const USER = 'viewer';
const REALM = 'camera';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const SDP = [
  'v=0',
  'o=- 0 0 IN IP4 127.0.0.1',
  's=door',
  't=0 0',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 packetization-mode=1',
  'a=control:track0',
  '',
].join('\r\n');

export interface RtspServer {
  readonly port: number;
  /** Ends all connections, as a camera that loses its power. */
  cut(): void;
  close(): Promise<void>;
}

/** A network camera on loopback: digest authentication, H.264 from ffmpeg's test picture, RTP within the RTSP connection. */
export async function startRtspServer(password: string): Promise<RtspServer> {
  const nonce = randomBytes(8).toString('hex');
  const clients = new Set<Socket>();
  const viewers = new Set<Socket>();
  const rtp = createSocket('udp4', (packet) => {
    const head = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]);
    for (const viewer of viewers) viewer.write(Buffer.concat([head, packet]));
  });
  await new Promise<void>((resolve) => rtp.bind(0, '127.0.0.1', resolve));
  let encoder: ChildProcess | null = null;

  const allowed = (request: string): boolean => {
    const field = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(request)?.[1] ?? '';
    const method = request.slice(0, request.indexOf(' '));
    const expected = md5(`${md5(`${USER}:${REALM}:${password}`)}:${nonce}:${md5(`${method}:${field('uri')}`)}`);
    return field('response') === expected;
  };
  const answer = (socket: Socket, request: string): void => {
    const sequence = /CSeq: *(\d+)/i.exec(request)?.[1] ?? '0';
    const reply = (status: string, headers: readonly string[] = [], body = ''): void => {
      const lines = [
        `RTSP/1.0 ${status}`,
        `CSeq: ${sequence}`,
        'Session: 1',
        ...headers,
        `Content-Length: ${body.length}`,
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    };
    if (request.startsWith('OPTIONS')) reply('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN']);
    else if (!allowed(request))
      reply('401 Unauthorized', [`WWW-Authenticate: Digest realm="${REALM}", nonce="${nonce}"`]);
    else if (request.startsWith('DESCRIBE')) reply('200 OK', ['Content-Type: application/sdp'], SDP);
    else if (request.startsWith('SETUP')) reply('200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
    else {
      reply('200 OK');
      if (!request.startsWith('PLAY')) return;
      viewers.add(socket);
      encoder ??= startEncoder(rtp.address().port);
    }
  };

  const server = createServer((socket) => {
    clients.add(socket);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const request = /[A-Z_]+ rtsp:[\s\S]*$/.exec(text.slice(0, end))?.[0];
        text = text.slice(end + 4);
        if (request !== undefined) answer(socket, request);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      viewers.delete(socket);
      clients.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const client of clients) client.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    cut,
    async close() {
      encoder?.kill('SIGKILL');
      cut();
      rtp.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function startEncoder(port: number): ChildProcess {
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '10', '-pix_fmt', 'yuv420p'];
  const input = ['-re', '-f', 'lavfi', '-i', 'testsrc2=s=128x96:r=20'];
  const words = ['-nostdin', '-v', 'error', ...input, ...encode, '-f', 'rtp', `rtp://127.0.0.1:${port}`];
  const [program, args] = killedWithUs('ffmpeg', words, process.env.PATH ?? '');
  return spawn(program, args, { stdio: 'ignore' });
}
