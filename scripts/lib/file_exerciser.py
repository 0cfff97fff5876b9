"""Random operations on one file; reads are compared with a byte array that went through the same operations.

Writes, reads, truncations, holes, mapped writes, and fsync. The file is also dropped from the page cache, so that reads
come from the device. At the end, prints the SHA-256 of the file's content, which stays the same until the file is
changed.

usage: file_exerciser.py FILE OPERATIONS SEED
"""

import ctypes
import hashlib
import mmap
import os
import random
import sys

MAX_BYTES = 8 << 20
MAX_WRITE = 256 << 10
FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE = 1, 2
libc = ctypes.CDLL(None, use_errno=True)


class Exerciser:
    def __init__(self, path, seed):
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        self.random = random.Random(seed)
        self.model = bytearray()

    def place(self):
        offset = self.random.randrange(MAX_BYTES)
        return offset, min(self.random.randrange(1, MAX_WRITE), MAX_BYTES - offset)

    def extend(self, end):
        self.model.extend(bytes(max(0, end - len(self.model))))

    def write(self):
        offset, length = self.place()
        data = self.random.randbytes(length)
        assert os.pwrite(self.file, data, offset) == length
        self.extend(offset + length)
        self.model[offset:offset + length] = data

    def read(self):
        offset, length = self.place()
        self.compare(os.pread(self.file, length, offset), self.model[offset:offset + length], offset)

    def truncate(self):
        size = self.random.randrange(MAX_BYTES)
        os.ftruncate(self.file, size)
        del self.model[size:]
        self.extend(size)

    def punch_hole(self):
        offset, length = self.place()
        mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
        if libc.fallocate(self.file, mode, ctypes.c_long(offset), ctypes.c_long(length)):
            raise OSError(ctypes.get_errno(), "fallocate")
        end = min(offset + length, len(self.model))
        if end > offset:
            self.model[offset:end] = bytes(end - offset)

    def mapped_write(self):
        if not self.model:
            return
        offset, length = self.place()
        offset %= len(self.model)
        length = min(length, len(self.model) - offset)
        data = self.random.randbytes(length)
        with mmap.mmap(self.file, len(self.model)) as mapping:
            mapping[offset:offset + length] = data
        self.model[offset:offset + length] = data

    def sync(self):
        os.fsync(self.file)

    def forget(self):
        os.fsync(self.file)
        os.posix_fadvise(self.file, 0, 0, os.POSIX_FADV_DONTNEED)

    def compare(self, found, expected, offset):
        if found != expected:
            at = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
            sys.exit(f"difference at byte {offset + at} of {len(expected)} read at {offset}")

    def run(self, operations):
        choices = [self.write] * 8 + [self.read] * 8 + [self.mapped_write] * 3 + [self.truncate, self.punch_hole] \
            + [self.sync] * 2 + [self.forget] * 2
        for _ in range(operations):
            self.random.choice(choices)()
        self.forget()
        self.compare(os.pread(self.file, MAX_BYTES + 1, 0), self.model, 0)
        print(hashlib.sha256(self.model).hexdigest())


if __name__ == "__main__":
    Exerciser(sys.argv[1], int(sys.argv[3])).run(int(sys.argv[2]))
