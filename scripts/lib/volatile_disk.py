"""A disk with a volatile write cache: serves a file over NBD, to one client, and ends when the client is gone.

    volatile_disk.py FILE SOCKET

Of what is written, each page goes to the file at once, or is kept in the memory of this process until the next flush:
chance decides. When the client is gone, what is kept is lost, as in a power failure: of the writes behind the last flush
some are there and some are not, in any order.
"""

import os
import random
import socket
import struct
import sys

PAGE = 4096
# Of the protocol (github.com/NetworkBlockDevice/nbd, doc/proto.md).
OPTION_MAGIC, REPLY_MAGIC = 0x49484156454F5054, 0x3E889045565A9
REQUEST_MAGIC, ANSWER_MAGIC = 0x25609513, 0x67446698
EXPORT_NAME, ABORT, INFO, GO = 1, 2, 6, 7
ACK, INFORMATION, UNSUPPORTED = 1, 3, 0x80000001
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
FUA = 1
HAS_FLAGS, SEND_FLUSH, SEND_FUA = 1, 4, 8
EINVAL = 22


class Gone(Exception):
    """The client has left."""


class Disk:
    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR)
        self.bytes = os.fstat(self.file).st_size
        self.kept = {}

    def read(self, offset, length):
        data = bytearray(os.pread(self.file, length, offset))
        for page, start, end, at in pieces(offset, length):
            if page in self.kept:
                data[at:at + end - start] = self.kept[page][start:end]
        return data

    def write(self, offset, data, durable):
        for page, start, end, at in pieces(offset, len(data)):
            content = self.kept.pop(page, None)
            if content is None:
                content = bytearray(os.pread(self.file, PAGE, page * PAGE)) if end - start < PAGE else bytearray(PAGE)
            content[start:end] = data[at:at + end - start]
            if durable or random.random() < 0.5:
                os.pwrite(self.file, content, page * PAGE)
            else:
                self.kept[page] = content

    def flush(self):
        for page, content in self.kept.items():
            os.pwrite(self.file, content, page * PAGE)
        self.kept.clear()


def pieces(offset, length):
    """The pages of a range: the number of each, its first byte and its last in the page, and its place in the range."""
    at = 0
    while at < length:
        page, start = divmod(offset + at, PAGE)
        end = min(PAGE, start + length - at)
        yield page, start, end, at
        at += end - start


class Client:
    def __init__(self, connection, disk):
        self.connection, self.disk = connection, disk
        self.stream = connection.makefile("rb", 1 << 20)

    def take(self, length):
        data = self.stream.read(length)
        if len(data) < length:
            raise Gone
        return data

    def unpack(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def option_reply(self, option, kind, data=b""):
        self.connection.sendall(struct.pack(">QIII", REPLY_MAGIC, option, kind, len(data)) + data)

    def negotiate(self):
        export = struct.pack(">QH", self.disk.bytes, HAS_FLAGS | SEND_FLUSH | SEND_FUA)
        self.connection.sendall(b"NBDMAGIC" + struct.pack(">QH", OPTION_MAGIC, 3))
        self.unpack(">I")
        while True:
            _, option, length = self.unpack(">QII")
            self.take(length)
            if option == EXPORT_NAME:
                self.connection.sendall(export)
                return
            if option in (INFO, GO):
                self.option_reply(option, INFORMATION, struct.pack(">H", 0) + export)
                self.option_reply(option, ACK)
                if option == GO:
                    return
            elif option == ABORT:
                raise Gone
            else:
                self.option_reply(option, UNSUPPORTED)

    def serve(self):
        while True:
            magic, flags, kind, handle, offset, length = self.unpack(">IHHQQI")
            if magic != REQUEST_MAGIC or kind == DISCONNECT:
                raise Gone
            error, data = 0, b""
            if kind == READ:
                data = self.disk.read(offset, length)
            elif kind == WRITE:
                self.disk.write(offset, self.take(length), flags & FUA)
            elif kind == FLUSH:
                self.disk.flush()
            else:
                error = EINVAL
            self.connection.sendall(struct.pack(">IIQ", ANSWER_MAGIC, error, handle) + data)


def main():
    path, address = sys.argv[1:]
    disk = Disk(path)
    listener = socket.socket(socket.AF_UNIX)
    # A QEMU that does not start must not leave this process behind.
    listener.settimeout(60)
    # Whoever finds the socket can connect.
    listener.bind(address + ".new")
    listener.listen()
    os.rename(address + ".new", address)
    client = Client(listener.accept()[0], disk)
    try:
        client.negotiate()
        client.serve()
    except (Gone, ConnectionError):
        pass
    if disk.kept:
        print(f"{os.path.basename(path)}: {len(disk.kept)} pages were not flushed, and are lost")


if __name__ == "__main__":
    main()
