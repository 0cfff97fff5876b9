"""A pcache device for one measurement."""
import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

from lib.run import output, whole_json


class Device:
    def __init__(self, build, env, name):
        self.build = build
        self.env = env
        self.name = name
        self.info = json.loads(build.pcachectl("info", name, "--json", env=env))

    def find(self, key):
        found = _find(self.info, key)
        if found is None:
            raise RuntimeError(f"no {key} in {self.info}")
        return found

    def uri(self):
        return self.find("uri")

    def pid(self):
        return int(self.find("pid"))


def _find(value, key):
    if isinstance(value, dict):
        if key in value:
            return value[key]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            found = _find(item, key)
            if found is not None:
                return found
    return None


@contextmanager
def device(build, folder, cache_mebibytes, size_mebibytes, data_crc=False, options=(), prepare=None):
    """A device with cache file and backing file in a folder; both files are new, and are removed afterwards.

    prepare: makes the cache file, from its path and MiB; without it, the file is sparse.
    """
    files = [folder / "cache", folder / "backing"]
    for file, mebibytes in zip(files, (cache_mebibytes, size_mebibytes)):
        with open(file, "wb") as opened:
            opened.truncate(mebibytes << 20)
    if prepare:
        prepare(files[0], cache_mebibytes)
    env = {"PCACHE_RUN_DIR": str(folder / "run")}
    table = f"0 {size_mebibytes << 11} pcache {files[0]} {files[1]} 4 cache_mode writeback data_crc {'true' if data_crc else 'false'}"
    build.pcachectl("create", "bench", "--table", table, *options, env=env)
    made = Device(build, env, "bench")
    try:
        yield made
    finally:
        build.pcachectl("remove", "bench", env=env)
        _await_end(made.pid())
        for file in files:
            file.unlink()


def _await_end(pid):
    for _ in range(200):
        if not os.path.exists(f"/proc/{pid}"):
            return
        time.sleep(0.05)


def fio(uri, mode, depth, seconds, size_mebibytes, block=4096):
    """Requests per second and the slowest in ms, over NBD."""
    result = whole_json(output(["fio", "--name=bench", "--ioengine=nbd", f"--uri={uri}", f"--rw={mode}", f"--bs={block}", f"--iodepth={depth}",
                                f"--size={size_mebibytes}M", "--time_based", f"--runtime={seconds}", "--randrepeat=0", "--norandommap",
                                "--output-format=json"]))
    side = result["jobs"][0]["read" if "read" in mode else "write"]
    return side["iops"], side["lat_ns"]["max"] / 1e6


def fill(uri, size_mebibytes):
    """Writes all of a device once."""
    output(["fio", "--name=fill", "--ioengine=nbd", f"--uri={uri}", "--rw=write", "--bs=1M", "--iodepth=16", f"--size={size_mebibytes}M"])


def resident_outside(pid, file):
    """Bytes of a process's resident memory that do not belong to the mapping of a file."""
    total = 0
    path = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split(None, 5)
        if "-" in words[0] and not words[0].endswith(":"):
            path = words[5] if len(words) > 5 else ""
        elif words[0] == "Rss:" and path != str(file):
            total += int(words[1]) << 10
    return total
