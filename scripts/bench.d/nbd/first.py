"""The first I/O after a device has appeared, beside later I/O of the same client; and the same with nbdkit."""
from pathlib import Path

from lib.device import device
from lib.run import Unavailable, folder_in_memory, last_json, need, output
from nbd.servers import nbdkit

MIB = 1 << 20
SIZE = 1024
# The interpreter that Debian's python3-libnbd is made for.
PYTHON = "/usr/bin/python3"


class First:
    name = "first"
    repeat = True

    def measure(self, context, numbers):
        need("nbdkit")
        if not any(Path("/usr/lib/python3/dist-packages").glob("nbd.py")):
            raise Unavailable("missing: python3-libnbd")
        requests = 200 if context.quick else 20_000

        def take(warm, uri, suffix):
            result = last_json(output([PYTHON, Path(__file__).parent / "first_io.py", warm, uri, requests]))
            for key, value in result.items():
                numbers.add(f"first/{key}{suffix}", value, "us")

        with folder_in_memory(3 * SIZE * MIB) as folder, nbdkit(folder, SIZE, "warm") as warm:
            with nbdkit(folder, SIZE) as peer:
                take(warm, peer, "/nbdkit")
            for build in context.builds:
                with device(build, folder, SIZE, SIZE) as made:
                    take(warm, made.uri(), build.suffix)

    @staticmethod
    def derive(numbers, suffix):
        for kind in ("write", "read"):
            numbers.add_ratio(f"first/{kind}/ratio{suffix}", f"first/first_{kind}{suffix}", f"first/steady_{kind}{suffix}")
            if not suffix:
                numbers.add_ratio(f"first/{kind}/ratio/nbdkit", f"first/first_{kind}/nbdkit", f"first/steady_{kind}/nbdkit")
            numbers.add_ratio(f"first/{kind}/paused_ratio{suffix}", f"first/first_{kind}{suffix}", f"first/paused_{kind}{suffix}")
