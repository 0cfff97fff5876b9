"""The first I/O after a device appears, beside those of the same client later."""
from pathlib import Path

from lib.device import device
from lib.run import Unavailable, folder_in_memory, last_json, output

MIB = 1 << 20
# The interpreter that Debian's python3-libnbd is for.
PYTHON = "/usr/bin/python3"


class First:
    name = "first"
    repeat = True

    def measure(self, context, numbers):
        if not any(Path("/usr/lib/python3/dist-packages").glob("nbd.py")):
            raise Unavailable("missing: python3-libnbd")
        requests = 200 if context.quick else 20_000
        with folder_in_memory(2048 * MIB) as folder:
            for build in context.builds:
                with device(build, folder, 1024, 1024) as made:
                    result = last_json(output([PYTHON, Path(__file__).parent / "first_io.py", made.uri(), requests]))
                for key, value in result.items():
                    numbers.add(f"first/{key}{build.suffix}", value, "us")

    @staticmethod
    def derive(numbers, suffix):
        for kind in ("write", "read"):
            numbers.add_ratio(f"first/{kind}/ratio{suffix}", f"first/first_{kind}{suffix}", f"first/steady_{kind}{suffix}")
