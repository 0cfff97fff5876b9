"""The machine on which the numbers were taken."""
import datetime
import os
import platform
import subprocess
from pathlib import Path


def _first(path, key):
    try:
        for line in Path(path).read_text().splitlines():
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    except OSError:
        return ""
    return ""


def _command(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip()


def jdk(java):
    lines = _command(java, "-version").splitlines()
    return lines[1] if len(lines) > 1 else "unknown"


def describe(java, tree):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cpu_family_model": f"family {_first('/proc/cpuinfo', 'cpu family')} model {_first('/proc/cpuinfo', 'model')}",
        "cores": os.cpu_count(),
        "virtual": "hypervisor" in _first("/proc/cpuinfo", "flags").split(),
        "memory_gib": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / (1 << 20), 1),
        "kernel": platform.release(),
        "jdk": jdk(java),
        "commit": _command("git", "-C", str(tree), "describe", "--always", "--dirty"),
    }


def load():
    return round(os.getloadavg()[0], 2)


def sentence(machine):
    virtual = "virtual machine, " if machine["virtual"] else ""
    return (f"{virtual}{machine['cpu']} ({machine['cpu_family_model']}), {machine['cores']} CPUs, {machine['memory_gib']} GiB, "
            f"Linux {machine['kernel']}, {machine['jdk']}; {machine['date']}, commit {machine['commit']}, "
            f"load average {machine['load_before']} before and {machine['load_after']} after")
