#!/usr/bin/env python3
"""Sends frames to edgenextd's `pipe:` source: pipe_producer.py PATH [FRAMES]. Python 3.8, no packages needed."""
import os
import socket
import stat
import struct
import sys
import time

WIDTH, HEIGHT, FPS = 320, 240, 20
# fourcc, sequence, capture time (ns, CLOCK_MONOTONIC, 0: unknown), width, height, payload bytes
HEADER = struct.Struct("<4sIQHHI")


def connect(path):
    """A FIFO is opened, anything else is the socket that the daemon listens on."""
    if os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
        return open(path, "wb", buffering=0).write
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(path)
    return client.sendall


def picture(seq):
    """RGB, row by row: replace this by your camera. A bright bar wanders over a gray ground."""
    row = bytearray(b"\x40" * (3 * WIDTH))
    left = 3 * (seq * 4 % (WIDTH - 16))
    row[left:left + 48] = b"\xff" * 48
    return bytes(row) * HEIGHT


def main():
    send = connect(sys.argv[1])
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize
    for seq in range(frames):
        captured = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        payload = picture(seq)
        send(HEADER.pack(b"RGB3", seq, captured, WIDTH, HEIGHT, len(payload)) + payload)
        time.sleep(1 / FPS)


if __name__ == "__main__":
    main()
