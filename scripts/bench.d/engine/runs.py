"""The engine's programs: a steady load, the index, activation, write-back."""
from lib.run import folder_in_memory, last_json

MIB = 1 << 20
# With the flags with which the launcher starts the target of a cache of 20 GiB.
TARGET_FLAGS = ("-Xms200m", "-Xmx200m", "-Xmn12m", "-XX:PretenureSizeThreshold=128k", "-XX:+AlwaysPreTouch")


class Steady:
    """Sustained writes to a full cache, every one timed."""
    name = "steady"
    repeat = False

    def measure(self, context, numbers):
        seconds = 2 if context.quick else 60
        with folder_in_memory(2048 * MIB):
            for build in context.builds:
                result = last_json(build.java("io.pcache.bench.SteadyRun", seconds, 544,
                                              flags=("-Xms256m", "-Xmx256m", f"-Xlog:gc:file={context.folder}/gc{build.suffix}.log")))
                for key, value in result.items():
                    unit = {"writes_per_s": "1/s", "max_ms": "ms", "gc_pauses": ""}.get(key, "us")
                    numbers.add(f"steady/{key}{build.suffix}", value, unit)

    @staticmethod
    def derive(numbers, suffix):
        """Nothing is compared."""


class SyncWait:
    """Writes that ask for no flush, beside garbage collection, on a cache device whose syncs take long."""
    name = "syncwait"
    repeat = True

    def measure(self, context, numbers):
        seconds = 2 if context.quick else 60
        with folder_in_memory(1536 * MIB):
            for build in context.builds:
                result = last_json(build.java("io.pcache.bench.SlowSyncRun", seconds, 1024, 50, flags=("-Xms256m", "-Xmx256m")))
                for key, value in result.items():
                    # The histogram's columns are counts, too.
                    unit = "us" if key.startswith(("p", "max")) else ""
                    numbers.add(f"syncwait/{key}{build.suffix}", value, unit)

    @staticmethod
    def derive(numbers, suffix):
        """Nothing is compared."""


class Index:
    """Bytes and time of an entry."""
    name = "index"
    repeat = False

    def measure(self, context, numbers):
        entries, sizes = ("500000", ("4",)) if context.quick else ("20000000", ("80", "1024"))
        for build in context.builds:
            for size in sizes:
                result = last_json(build.java("io.pcache.index.CacheIndexBenchmark", entries, size,
                                              flags=("-Xms2g", "-Xmx2g", "-Dpcache.bench.json=true")))
                for key in ("bytes_per_entry", "heap_bytes_per_entry", "insert_ns", "find_ns"):
                    numbers.add(f"index/{key}/{size}GiB{build.suffix}", result[key], "ns" if key.endswith("ns") else "B")

    @staticmethod
    def derive(numbers, suffix):
        for key in ("bytes_per_entry", "insert_ns", "find_ns"):
            names = [name for name in numbers.samples if name.startswith(f"index/{key}/") and name.endswith(f"GiB{suffix}")]
            for values in zip(*(numbers.get(name) for name in names)):
                numbers.add(f"index/{key}{suffix}", max(values), "ns" if key.endswith("ns") else "B")


class Activation:
    """Replay of a log with millions of keys, by a JVM that has just started."""
    name = "activation"
    repeat = False

    def measure(self, context, numbers):
        keys = 100_000 if context.quick else 5_000_000
        with folder_in_memory(keys // 1000 * 24 * MIB // 10 + 1200 * MIB) as folder:
            file = folder / "cache"
            context.this.java("io.pcache.bench.ReplayRun", "create", file, keys, flags=("-Xms1g", "-Xmx1g"))
            for _ in range(context.rounds):
                for build in context.builds:
                    result = last_json(build.java("io.pcache.bench.ReplayRun", "activate", file,
                                                  flags=TARGET_FLAGS))
                    numbers.add(f"activation/replay{build.suffix}", result["activation_s"] * 5_000_000 / keys, "s")

    @staticmethod
    def derive(numbers, suffix):
        """Nothing is compared."""


class WriteBack:
    """Dirty data to a file on this machine's disk, beside the disk's own speed."""
    name = "writeback"
    repeat = True

    def measure(self, context, numbers):
        mebibytes = 64 if context.quick else 512
        file = context.disk_folder / "backing"
        with folder_in_memory(3 * mebibytes * MIB):
            for build in context.builds:
                with open(file, "wb") as backing:
                    backing.truncate(mebibytes * MIB)
                result = last_json(build.java("io.pcache.bench.backing.WriteBackRun", file, mebibytes,
                                              flags=("-Xms256m", "-Xmx256m", "-XX:MaxDirectMemorySize=1g")))
                for key, value in result.items():
                    numbers.add(f"writeback/{key}{build.suffix}", value, "MiB/s" if key.endswith("mib_s") else "ms/GiB" if key.endswith("ms_gib") else "")
        file.unlink()

    @staticmethod
    def derive(numbers, suffix):
        numbers.add_ratio(f"writeback/contiguous{suffix}", f"writeback/contiguous_mib_s{suffix}", f"writeback/device_mib_s{suffix}")
