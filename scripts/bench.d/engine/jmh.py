"""A write and a read hit of 4 KiB beside the bare copy of the same bytes (JMH)."""
import json

CLASSES = "io.pcache.bench.(EngineBenchmark|BareCopyBenchmark).*"


class Requests:
    name = "requests"
    repeat = True

    def measure(self, context, numbers):
        for build in context.builds:
            for threads in (1, 2):
                self._run(context, build, numbers, threads)

    def _run(self, context, build, numbers, threads):
        result = context.folder / f"jmh{build.suffix}-{threads}.json"
        iterations = 2 if context.quick else 20
        arguments = [CLASSES, "-wi", str(iterations), "-i", str(iterations), "-t", str(threads), "-rf", "json", "-rff", str(result)]
        if context.quick:
            # In one JVM: the start of a JVM for each benchmark takes longer than the benchmarks.
            arguments += ["-f", "0"]
        if threads == 1:
            arguments += ["-prof", "gc"]
        build.java("org.openjdk.jmh.Main", *arguments, flags=("-Xms512m", "-Xmx512m"))
        for run in json.loads(result.read_text()):
            what = run["benchmark"].rsplit(".", 1)[1]
            crc = "crc" if run["params"]["dataCrc"] == "true" else "plain"
            name = f"requests/{what}/{crc}/{threads}{build.suffix}"
            samples = sorted(value for fork in run["primaryMetric"]["rawData"] for value in fork)
            numbers.add(name, samples[len(samples) // 2], "ns")
            allocated = run["secondaryMetrics"].get("gc.alloc.rate.norm")
            if allocated and what in ("write", "readHit"):
                # The lowest iteration counts: in the others, the harness, and classes that are loaded late, allocate.
                numbers.add(f"requests/allocated/{what}/{crc}{build.suffix}", min(min(fork) for fork in allocated["rawData"]), "B")

    @staticmethod
    def derive(numbers, suffix):
        for crc in ("plain", "crc"):
            for what, peer in (("write", "copyIn"), ("readHit", "copyOut")):
                one, two = (f"requests/{what}/{crc}/{threads}{suffix}" for threads in (1, 2))
                numbers.add_ratio(f"requests/{what}/{crc}/cost{suffix}", one, f"requests/{peer}/{crc}/1{suffix}")
                for a, b in zip(numbers.get(one), numbers.get(two)):
                    numbers.add(f"requests/{what}/{crc}/scaling{suffix}", 2 * a / b, "")
                peers = [numbers.get(f"requests/{peer}/{crc}/{threads}{suffix}") for threads in (1, 2)]
                for a, b in zip(*peers):
                    numbers.add(f"requests/{peer}/{crc}/scaling{suffix}", 2 * a / b, "")
