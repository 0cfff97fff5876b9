"""4 KiB over NBD with the data on this machine's disk, past the page cache: pcache with its cache file there, the
disk itself, qemu-nbd without a cache, and nbdkit's file plugin, whose writes go to the page cache.
"""
import shutil

from lib.device import device, fill, fio
from lib.run import Unavailable, need, output, whole_json
from nbd.servers import serving

MIB = 1 << 20
SIZE = 1024
LOADS = (("randwrite", 1), ("randwrite", 16), ("randwrite", 64), ("randread", 1), ("randread", 16))


class Disk:
    name = "disk"
    repeat = True

    def measure(self, context, numbers):
        need("fio", "nbdkit", "qemu-nbd")
        seconds = 1 if context.quick else 6
        size = 64 if context.quick else SIZE
        folder = context.disk_folder
        if shutil.disk_usage(folder).free < 5 * size * MIB:
            raise Unavailable(f"{folder} has less than {5 * size} MiB free")
        file = folder / "disk"
        written(file, size)

        def take(server, uri):
            for mode, depth in LOADS:
                iops, slowest = fio(uri, mode, depth, seconds, size)
                numbers.add(f"disk/{mode}/{depth}/{server}", iops, "1/s")
                numbers.add(f"disk/{mode}/{depth}/{server}/slowest", slowest, "ms")

        for mode, depth in LOADS:
            numbers.add(f"disk/{mode}/{depth}/raw", raw(file, mode, depth, seconds), "1/s")
        for server, words in (("nbdkit-file", ["nbdkit", "--foreground", "--unix", "SOCKET", "file", file]),
                              ("qemu-nbd", ["qemu-nbd", "--persistent", "--cache=none", "--aio=native", "--format=raw", "--socket=SOCKET", file])):
            with serving(folder / server, words) as uri:
                take(server, uri)
        file.unlink()
        for build in context.builds:
            # Blocks that a file system has not yet allocated are another matter: the cache file is written before.
            with device(build, folder, max(2 * size, 600), size, options=("--cache-io", "direct"), prepare=written) as made:
                fill(made.uri(), size)
                take(f"pcache{build.suffix}", made.uri())

    @staticmethod
    def derive(numbers, suffix):
        for mode, depth in LOADS:
            for server in ("raw", "qemu-nbd", "nbdkit-file"):
                numbers.add_ratio(f"disk/{mode}/{depth}/of-{server}{suffix}", f"disk/{mode}/{depth}/pcache{suffix}", f"disk/{mode}/{depth}/{server}")


def written(file, mebibytes):
    """Makes a file whose blocks are all written."""
    output(["dd", "if=/dev/zero", f"of={file}", "bs=1M", f"count={mebibytes}", "oflag=direct", "status=none"])


def raw(file, mode, depth, seconds):
    result = whole_json(output(["fio", "--name=raw", "--ioengine=io_uring", "--direct=1", f"--filename={file}", f"--rw={mode}", "--bs=4k",
                                f"--iodepth={depth}", "--time_based", f"--runtime={seconds}", "--randrepeat=0", "--norandommap", "--output-format=json"]))
    return result["jobs"][0]["read" if "read" in mode else "write"]["iops"]
