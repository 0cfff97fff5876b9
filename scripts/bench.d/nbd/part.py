"""4 KiB over NBD, beside nbdkit's memory plugin."""
from lib.device import device, fill, fio
from lib.run import folder_in_memory, need
from nbd.servers import nbdkit

MIB = 1 << 20
SIZE = 1024
LOADS = (("randread", 16), ("randwrite", 16), ("randread", 1), ("randwrite", 1))


class Nbd:
    name = "nbd"
    repeat = True

    def measure(self, context, numbers):
        need("fio", "nbdkit")
        seconds = 1 if context.quick else 6
        with folder_in_memory(4 * SIZE * MIB) as folder:
            with nbdkit(folder, SIZE) as uri:
                # A RAM disk with all pages present, like those of a cache in use.
                fill(uri, SIZE)
                for mode, depth in LOADS:
                    iops, _ = fio(uri, mode, depth, seconds, SIZE)
                    numbers.add(f"nbd/{mode}/{depth}/nbdkit", iops, "1/s")
            for build in context.builds:
                # Room for all data: reads are hits.
                with device(build, folder, 2 * SIZE, SIZE) as made:
                    fill(made.uri(), SIZE)
                    for mode, depth in LOADS:
                        iops, slowest = fio(made.uri(), mode, depth, seconds, SIZE)
                        numbers.add(f"nbd/{mode}/{depth}/pcache{build.suffix}", iops, "1/s")
                        numbers.add(f"nbd/{mode}/{depth}/slowest{build.suffix}", slowest, "ms")

    @staticmethod
    def derive(numbers, suffix):
        for mode, depth in LOADS:
            numbers.add_ratio(f"nbd/{mode}/{depth}/ratio{suffix}", f"nbd/{mode}/{depth}/pcache{suffix}", f"nbd/{mode}/{depth}/nbdkit")
