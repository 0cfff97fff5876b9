"""A tree of pcache that is built: its class path and its commands."""
import os
import shutil
from pathlib import Path

from lib.run import output, say


class Build:
    """`benchmarks` is the tree that has the benchmark classes: mostly this tree, also with another tree's engine."""

    def __init__(self, tree, benchmarks, suffix):
        self.tree = Path(tree)
        self.benchmarks = Path(benchmarks)
        self.suffix = suffix

    def make(self, log):
        """Builds the tree, and writes down the libraries of its benchmarks."""
        say(f"building {self.tree}")
        libraries = log / f"libraries{self.suffix}"
        output(["mvn", "-B", "-q", "-ntp", "-DskipTests", "package"], cwd=self.tree)
        output(["mvn", "-B", "-q", "-ntp", "-pl", "pcache-core", "dependency:build-classpath", f"-Dmdep.outputFile={libraries}",
                "-Dmdep.includeScope=test"], cwd=self.tree)
        self.libraries = libraries.read_text().strip()

    def class_path(self):
        folders = [tree / module / "target" / kind
                   for tree, kind in ((self.benchmarks, "test-classes"), (self.tree, "classes"))
                   for module in ("pcache-core", "pcache-ublk", "pcache-dmctl")]
        return ":".join(str(folder) for folder in folders) + ":" + self.libraries

    def java(self, main, *arguments, flags=(), timeout=1800):
        """Runs a program of the benchmarks and returns the output."""
        return output([java(), *jvm_flags(), *flags, "-cp", self.class_path(), main, *arguments], timeout=timeout)

    def pcachectl(self, *arguments, env=None):
        return output([self.tree / "scripts" / "pcachectl", *arguments], env={**os.environ, **(env or {})})


def java():
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else shutil.which("java")


def jvm_flags():
    """Flags that newer JDKs need, as in the launcher of targets."""
    version = int(output([java(), "--version"]).split()[1].split(".")[0])
    more = ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"] if version >= 24 else []
    return ["-XX:+UseSerialGC", *more]
