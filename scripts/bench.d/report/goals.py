"""The eight goals, each made of conditions on numbers."""
from dataclasses import dataclass

from lib.numbers import median


@dataclass(frozen=True)
class Condition:
    """The median of `number`, a name of lib/numbers, must be at most or at least `limit`."""
    text: str
    number: str
    sign: str
    limit: float

    def met(self, numbers, suffix=""):
        """None if the number was not measured."""
        values = numbers.get(self.number + suffix)
        if not values:
            return None
        value = median(values)
        return value <= self.limit if self.sign == "<=" else value >= self.limit


@dataclass(frozen=True)
class Goal:
    number: int
    title: str
    conditions: tuple

    def verdict(self, numbers):
        """'met', 'not met', or what is missing."""
        results = [condition.met(numbers) for condition in self.conditions]
        if False in results:
            return "not met"
        if None in results:
            return "not measured" if not any(results) else "met as far as measured"
        return "met"


def _most(text, number, limit):
    return Condition(text, number, "<=", limit)


def _least(text, number, limit):
    return Condition(text, number, ">=", limit)


def _transport():
    for mode, words in (("randread", "read hits"), ("randwrite", "writes")):
        for block, depth, limit in (("4k", 1, 0.85), ("4k", 16, 0.85), ("64k", 16, 0.8)):
            yield _least(f"{block} random {words}, depth {depth}: share of the null device's IOPS", f"vm/{mode}/{block}/{depth}/ratio", limit)


def _requests():
    for what, words, peer in (("write", "4 KiB write", "copy in"), ("readHit", "4 KiB read hit", "copy out")):
        yield _most(f"{words}, times the bare {peer}", f"requests/{what}/plain/cost", 2)
        yield _most(f"{words} with data_crc, times {peer} and CRC-32C", f"requests/{what}/crc/cost", 2)
        yield _least(f"{words}s, two threads by one", f"requests/{what}/plain/scaling", 1.7)
        yield _least(f"{words}s with data_crc, two threads by one", f"requests/{what}/crc/scaling", 1.7)
        yield _most(f"{words}: bytes allocated", f"requests/allocated/{what}/plain", 1)
        yield _most(f"{words} with data_crc: bytes allocated", f"requests/allocated/{what}/crc", 1)
    yield _most("JVM pauses for garbage in 60 s of writes", "steady/gc_pauses", 0)


GOALS = (
    Goal(1, "Transport floor", tuple(_transport())),
    Goal(2, "No stalls", (
        _least("sustained 4k random writes, depth 16, 1 GiB behind 544 MiB: share of the null device's IOPS", "vm/stalls/ratio", 0.6),
        _most("slowest request of a run of 25 s, ms", "vm/stalls/slowest/pcache", 100))),
    Goal(3, "Engine alone", tuple(_requests())),
    Goal(4, "Index", (
        _most("bytes of memory per 4 KiB entry, 20 million entries", "index/bytes_per_entry", 24),
        _most("insert, ns of CPU", "index/insert_ns", 1000),
        _most("lookup, ns of CPU", "index/find_ns", 1000))),
    Goal(5, "Activation", (
        _most("replay of 5 million keys, s", "activation/replay", 2),
        _most("first write of a client after activation, times steady state (NBD, depth 1)", "first/write/ratio", 2),
        _most("first read, times steady state", "first/read/ratio", 2))),
    Goal(6, "Write-back", (
        _least("contiguous data: share of the device's own sequential speed", "writeback/contiguous", 0.9),
        _most("hot set: times that the device sees a block in a batch", "writeback/hot_set_backing_bytes_per_block_and_batch", 1))),
    Goal(7, "NBD", (
        _least("4 KiB random reads, depth 16: share of nbdkit memory", "nbd/randread/16/ratio", 0.6),
        _least("4 KiB random writes, depth 16: share of nbdkit memory", "nbd/randwrite/16/ratio", 0.6))),
    Goal(8, "Memory", (
        _most("1 GiB cache: MiB resident besides its mapping, after load", "memory/loaded", 160),)),
)
