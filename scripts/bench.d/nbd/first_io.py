"""Times single writes and reads of 4 KiB over NBD, from the very first on.

For the Debian interpreter, which has the nbd module.

Arguments: the URI of a server that warms the client up, the URI to measure, the number of requests of each kind. Prints
JSON: microseconds of the first write and read, and of the median write and read of the second half. Then of the median
write and read after a pause, because the first requests come after a pause, too: processors and threads that have gone
to sleep must wake up.

Before, the client runs the same code on the first server. So what the client itself does for the first time (it links
functions, its memory is new) does not count for the server. The servers' processes and the connections stay new.
"""
import json
import random
import statistics
import sys
import time

import nbd

PAUSES = 7
# Longer than the second for which a cache keeps a key-set open: a write after the pause begins a new key-set, as the
# first write does.
PAUSE_SECONDS = 1.2


def timed(action):
    start = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - start) / 1000


def requests(uri, number, pauses):
    handle = nbd.NBD()
    handle.connect_uri(uri)
    blocks = handle.get_size() // 4096
    data = bytes(range(256)) * 16
    writes, reads = [], []
    for _ in range(number):
        offset = random.randrange(blocks) * 4096
        writes.append(timed(lambda: handle.pwrite(data, offset)))
        reads.append(timed(lambda: handle.pread(4096, offset)))
    paused = ([], [])
    for _ in range(pauses):
        offset = random.randrange(blocks) * 4096
        for action, times in zip((lambda: handle.pwrite(data, offset), lambda: handle.pread(4096, offset)), paused):
            time.sleep(PAUSE_SECONDS)
            times.append(timed(action))
    handle.shutdown()
    return writes, reads, paused


def main():
    number = int(sys.argv[3])
    requests(sys.argv[1], 1000, 0)
    writes, reads, paused = requests(sys.argv[2], number, PAUSES)
    half = number // 2
    print(json.dumps({"first_write": writes[0], "first_read": reads[0],
                      "steady_write": statistics.median(writes[half:]), "steady_read": statistics.median(reads[half:]),
                      "paused_write": statistics.median(paused[0]), "paused_read": statistics.median(paused[1])}))


main()
