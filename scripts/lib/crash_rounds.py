"""Kills the target of a device under load, activates the cache again and checks every sector; many rounds.

Every written sector holds the number of the write and the number of the sector, 32 times. So a sector tells which write
it holds. The machine lives on, so no acknowledged write may be lost, flushed or not. After the kill, a sector may hold
the last acknowledged write to the sector, or a write that was under way.
"""

import argparse
import array
import errno
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time

import nbd

SECTOR = 512
DEVICE_BYTES = 64 << 20
CACHE_BYTES = 544 << 20
SECTORS = DEVICE_BYTES // SECTOR
DEPTH = 16
CHUNK = 1 << 20
# Ends a round in which the target neither answers nor dies.
ROUND_SECONDS = 60


class Write:
    __slots__ = ("number", "first", "count", "acknowledged")

    def __init__(self, number, first, count):
        self.number, self.first, self.count = number, first, count
        self.acknowledged = False


def content(number, first, count):
    return b"".join(struct.pack("<QQ", number, sector) * 32 for sector in range(first, first + count))


class Load:
    """Random writes to a device, DEPTH at a time, with flushes and FUA writes in between, until the target is gone."""

    def __init__(self, connection, pid, random_source, first_number):
        self.connection, self.pid, self.random = connection, pid, random_source
        self.next_number = first_number
        self.writes = []
        self.in_flight = {}
        self.acknowledged = 0
        self.flushes = 0

    def run(self, kill_after):
        """Kills the target once kill_after writes were acknowledged, with requests in flight."""
        deadline = time.monotonic() + ROUND_SECONDS
        killed = False
        try:
            while time.monotonic() < deadline:
                while len(self.in_flight) < DEPTH:
                    self.submit()
                self.connection.poll(1000)
                if not killed and self.acknowledged >= kill_after:
                    os.kill(self.pid, signal.SIGKILL)
                    killed = True
        except nbd.Error as error:
            if not killed:
                raise SystemExit(f"the connection failed before the target was killed: {error}")
            return
        raise SystemExit(f"the connection did not end within {ROUND_SECONDS} s")

    def submit(self):
        if self.random.random() < 0.02:
            self.flush()
            return
        count = min(1 << self.random.randrange(9), 1 + self.random.randrange(256))
        first = self.random.randrange(SECTORS - count)
        if any(w and first < w.first + w.count and w.first < first + count for w in self.in_flight.values()):
            # Nothing promises an order of overlapping writes in flight.
            return
        write = Write(self.next_number, first, count)
        self.next_number += 1
        fua = self.random.random() < 0.05
        key = object()
        self.writes.append(write)
        self.in_flight[key] = write

        def done(error):
            del self.in_flight[key]
            if self.cut_off(error, "write"):
                return 1
            write.acknowledged = True
            self.acknowledged += 1
            return 1

        data = nbd.Buffer.from_bytearray(bytearray(content(write.number, first, count)))
        self.connection.aio_pwrite(data, first * SECTOR, completion=done, flags=nbd.CMD_FLAG_FUA if fua else 0)

    def flush(self):
        key = object()
        self.in_flight[key] = None

        def done(error):
            del self.in_flight[key]
            if self.cut_off(error, "flush"):
                return 1
            self.flushes += 1
            return 1

        self.connection.aio_flush(completion=done)

    @staticmethod
    def cut_off(error, what):
        """Whether the request was under way when the target died. Any other error is the target's fault."""
        if error.value not in (0, errno.ENOTCONN, errno.ESHUTDOWN):
            raise SystemExit(f"{what} failed: {os.strerror(error.value)}")
        return error.value != 0


class Checker:
    """Knows what every sector may hold."""

    def __init__(self):
        self.base = array.array("Q", bytes(8 * SECTORS))

    def check(self, connection, writes):
        allowed = {}
        for write in writes:
            for sector in range(write.first, write.first + write.count):
                if write.acknowledged:
                    allowed[sector] = [write.number]
                else:
                    allowed.setdefault(sector, [self.base[sector]]).append(write.number)
        for first in range(0, SECTORS, CHUNK // SECTOR):
            self.check_chunk(connection.pread(CHUNK, first * SECTOR), first, allowed)

    def check_chunk(self, data, first, allowed):
        for i in range(CHUNK // SECTOR):
            sector = first + i
            number, place = struct.unpack_from("<QQ", data, i * SECTOR)
            expected = struct.pack("<QQ", number, sector if number else 0) * 32
            if data[i * SECTOR:(i + 1) * SECTOR] != expected:
                raise SystemExit(f"sector {sector} holds a mixture: write {number} of sector {place}, and more")
            candidates = allowed.get(sector, (self.base[sector],))
            if number not in candidates:
                raise SystemExit(f"sector {sector} holds write {number}; allowed: {list(candidates)}")
            self.base[sector] = number


class Device:
    def __init__(self, options):
        self.options = options
        self.cache = os.path.join(options.directory, "cache")
        self.backing = os.path.join(options.directory, "backing")
        for path, size in ((self.cache, CACHE_BYTES), (self.backing, DEVICE_BYTES)):
            with open(path, "wb") as file:
                file.truncate(size)

    def pcachectl(self, *arguments):
        done = subprocess.run([self.options.pcachectl, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"pcachectl {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def create(self):
        self.pcachectl("create", "crash", "--table",
                       f"0 {SECTORS} pcache {self.cache} {self.backing} 4 cache_mode writeback data_crc true")
        return self.find()

    def find(self):
        """Waits while the target is being started again."""
        info = json.loads(self.pcachectl("info", "crash", "--json"))
        while isinstance(info, list) or "uri" not in info:
            info = info[0] if isinstance(info, list) else next(v for v in info.values() if isinstance(v, (dict, list)))
        return info["uri"], info["pid"]

    def remove(self):
        self.pcachectl("remove", "crash")


def connect(uri):
    connection = nbd.NBD()
    connection.connect_uri(uri)
    return connection


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pcachectl", required=True)
    parser.add_argument("--directory", required=True, help="for the cache and backing files")
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    random_source = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)

    device, checker = Device(options), Checker()
    uri, pid = device.create()
    number, flushes, acknowledged = 1, 0, 0
    for turn in range(1, options.rounds + 1):
        load = Load(connect(uri), pid, random_source, number)
        load.run(kill_after=random_source.choice((1, 20, 200, 2000, 6000)) + random_source.randrange(200))
        uri, pid = device.find()
        try:
            checker.check(connect(uri), load.writes)
        except SystemExit as difference:
            raise SystemExit(f"round {turn}: {difference}")
        number = load.next_number
        flushes += load.flushes
        acknowledged += load.acknowledged
        if turn % 10 == 0 or turn == options.rounds:
            print(f"{turn} rounds: {acknowledged} writes acknowledged, {flushes} flushes, nothing lost", flush=True)
    device.remove()


if __name__ == "__main__":
    sys.exit(main())
