"""Takes more memory than the machine has free, so that a part of it is swapped out, and reads all of it again.

Usage: memory_hog.py MEBIBYTES

Each page has bytes of its own. Exit status 0 if all pages are unchanged, 1 with the number of the first changed page.
"""

import mmap
import sys

MEBIBYTE = 1 << 20


def page_bytes(number):
    # No two pages alike, and no page that compresses to nothing.
    return number.to_bytes(8, "little") * (mmap.PAGESIZE // 8)


def main():
    # If the kernel has to kill a process, it should kill this one.
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write("1000")
    size = int(sys.argv[1]) * MEBIBYTE
    memory = mmap.mmap(-1, size)
    for number in range(size // mmap.PAGESIZE):
        memory[number * mmap.PAGESIZE:(number + 1) * mmap.PAGESIZE] = page_bytes(number)
    for number in range(size // mmap.PAGESIZE):
        if memory[number * mmap.PAGESIZE:(number + 1) * mmap.PAGESIZE] != page_bytes(number):
            print(f"page {number} is not what was written to it", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
