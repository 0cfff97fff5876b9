"""The memory of a target besides the mapping of its cache device."""
from lib.device import device, fio, resident_outside
from lib.run import folder_in_memory, need

MIB = 1 << 20


class Memory:
    name = "memory"
    repeat = False

    def measure(self, context, numbers):
        need("fio")
        seconds = 1 if context.quick else 10
        with folder_in_memory(4096 * MIB) as folder:
            for build in context.builds:
                with device(build, folder, 1024, 4096) as made:
                    numbers.add(f"memory/idle{build.suffix}", resident_outside(made.pid(), folder / "cache") / MIB, "MiB")
                    # All paths: writes until the cache is full and collected, reads that fill the cache, and hits.
                    fio(made.uri(), "randwrite", 32, seconds, 4096)
                    fio(made.uri(), "randread", 32, seconds, 4096)
                    fio(made.uri(), "randwrite", 32, seconds, 4096, 131072)
                    numbers.add(f"memory/loaded{build.suffix}", resident_outside(made.pid(), folder / "cache") / MIB, "MiB")

    @staticmethod
    def derive(numbers, suffix):
        """Nothing is compared."""
