"""/dev/ublkb* in a guest, beside a null device of the same server."""
import subprocess

from lib.run import Unavailable, folder_in_memory

MIB = 1 << 20

LOADS = tuple((mode, block, depth) for mode in ("randread", "randwrite") for block, depth in (("4k", 1), ("4k", 16), ("64k", 16)))


class Vm:
    name = "vm"
    repeat = False

    def measure(self, context, numbers):
        rounds, seconds, stall_seconds = (1, 2, 4) if context.quick else (context.rounds, 5, 25)
        for build in context.builds:
            # The guest's persistent memory must be memory here: the file systems of this machine hold up stores to a
            # file.
            with folder_in_memory(2048 * MIB) as folder:
                # The guest can see the script of this tree in any case, because the script is outside of the other
                # tree's copy.
                command = [context.this.tree / "scripts" / "vm", "--tree", build.tree, "--memory", "3G", "--timeout", "2400",
                           "--unsafe-drive", f"backing={folder / 'backing'}:1G", "--pmem", f"cache={folder / 'cache'}:768M",
                           build.tree / "scripts" / "bench.d" / "vm" / "guest", rounds, seconds, stall_seconds]
                done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
            if done.returncode == 77:
                raise Unavailable(done.stderr.strip().splitlines()[-1])
            if done.returncode != 0:
                raise RuntimeError(f"the guest ended with {done.returncode}:\n" + (done.stdout + done.stderr)[-3000:])
            for line in done.stdout.splitlines():
                words = line.split()
                if len(words) == 3 and "/" in words[0] and words[2] in ("1/s", "ms"):
                    numbers.add(f"vm/{words[0]}{build.suffix}", float(words[1]), words[2])

    @staticmethod
    def derive(numbers, suffix):
        for mode, block, depth in LOADS:
            numbers.add_ratio(f"vm/{mode}/{block}/{depth}/ratio{suffix}", f"vm/{mode}/{block}/{depth}/pcache{suffix}",
                              f"vm/{mode}/{block}/{depth}/null{suffix}")
        numbers.add_ratio(f"vm/stalls/ratio{suffix}", f"vm/stalls/iops/pcache{suffix}", f"vm/stalls/iops/null{suffix}")
