"""Times single writes and reads of 4 KiB over NBD, from the very first on. For the Debian interpreter, which has the nbd module.

Arguments: URI, requests of each kind. Prints JSON: microseconds of the first write and read, and of the median one of the second half.
"""
import json
import random
import statistics
import sys
import time

import nbd


def timed(action):
    start = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - start) / 1000


def main():
    handle = nbd.NBD()
    handle.connect_uri(sys.argv[1])
    blocks = handle.get_size() // 4096
    data = bytes(range(256)) * 16
    writes, reads = [], []
    for _ in range(int(sys.argv[2])):
        offset = random.randrange(blocks) * 4096
        writes.append(timed(lambda: handle.pwrite(data, offset)))
        reads.append(timed(lambda: handle.pread(4096, offset)))
    half = len(writes) // 2
    print(json.dumps({"first_write": writes[0], "first_read": reads[0],
                      "steady_write": statistics.median(writes[half:]), "steady_read": statistics.median(reads[half:])}))
    handle.shutdown()


main()
