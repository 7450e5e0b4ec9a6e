#!/usr/bin/env python3
"""A cable between two network devices that delays what it carries:   slow_link.py NAME_A NAME_B
Makes two tap devices, says "ready" and carries frames from one to the other, after the number of
milliseconds that the last line of its standard input says (0 at first). Works where the kernel has no
netem."""
import collections
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI, FRAME_MAX = 0x400454CA, 2, 0x1000, 65536


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    os.set_blocking(tap, False)
    return tap


def deliver(waiting, now):
    while waiting and waiting[0][0] <= now:
        _, to, frame = waiting.popleft()
        try:
            os.write(to, frame)
        except OSError:
            pass  # the device is down, or full: a lost frame, as on any cable


def main():
    tap = [open_tap(name) for name in sys.argv[1:3]]
    delay, waiting = 0.0, collections.deque()
    print("ready", flush=True)
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select(tap + [sys.stdin], [], [], left)
        now = time.monotonic()
        if sys.stdin in readable:
            line = os.read(0, 64)
            if not line:
                return
            delay = float(line.split()[-1]) / 1000
        for i in range(2):
            if tap[i] in readable:
                try:
                    waiting.append((now + delay, tap[1 - i], os.read(tap[i], FRAME_MAX)))
                except OSError:
                    pass
        deliver(waiting, time.monotonic())


main()
