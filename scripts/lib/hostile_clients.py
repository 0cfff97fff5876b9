"""Attacks a target's sockets: hostile_clients.py CONNECTS SECONDS SOCKET...

Makes CONNECTS connections to each socket in turn, for at most SECONDS, and does all that a client can do wrong. Prints
the number of connections.
"""
import os
import random
import socket
import struct
import sys
import time

HELD = 600  # connections kept open, and then dropped the oldest first


def nothing(sock):
    pass


def garbage(sock):
    sock.send(os.urandom(random.randrange(1, 4000)))


def half(sock):
    sock.send(b'{"v":1,"cmd":"sta' if random.random() < 0.5 else b"IHAV")


def huge_frame(sock):
    chunk = b'{"v":1,"x":"' + b"y" * 60000
    for _ in range(20):
        sock.send(chunk)


def huge_option(sock):
    sock.send(struct.pack(">I8sII", 3, b"IHAVEOPT", random.randrange(1, 20), 0xFFFFFFFF))


def wrong_commands(sock):
    sock.send(b'{"v":1,"cmd":"status"}\n' * random.randrange(1, 300))  # and never read


def deep(sock):
    sock.send(b'{"v":1,"cmd":' + b"[" * 5000 + b"\n")


def binary_commands(sock):
    # Handshake flags, NBD_OPT_EXPORT_NAME, then requests of any kind: huge lengths, unknown commands.
    sock.send(struct.pack(">I8sII", 3, b"IHAVEOPT", 1, 0))
    sock.send(b"".join(struct.pack(">IHHQQI", 0x25609513, random.getrandbits(16), random.choice([0, 3, 9, 0xFFFF]), i,
                                   random.getrandbits(64), random.getrandbits(32)) for i in range(5)))


def main():
    connects, seconds, paths = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    moves = [garbage, half, huge_frame, huge_option, wrong_commands, deep, binary_commands]
    held = []
    made = 0
    end = time.monotonic() + seconds
    while made < connects and (made % 64 or time.monotonic() < end):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(0)
        try:
            sock.connect(paths[made % len(paths)])
        except (BlockingIOError, ConnectionError):
            # The backlog is full, which the target may let happen.
            sock.close()
            time.sleep(0.001)
            continue
        made += 1
        try:
            # Most connections only come and go.
            (random.choice(moves) if made % 50 < 7 else nothing)(sock)
        except OSError:
            pass
        if made % 3 == 0:
            held.append(sock)
            if len(held) > HELD:
                held.pop(0).close()
        else:
            sock.close()
    print(made)


main()
