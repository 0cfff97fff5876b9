"""Lists the unit tests that Maven has run, a line for each: "passed|failed|skipped<TAB>name", from Surefire's reports.

usage: surefire_results.py DIRECTORY...
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


for directory in sys.argv[1:]:
    for report in sorted(pathlib.Path(directory).glob("TEST-*.xml")):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            name = case.get("classname", report.stem) + "." + " ".join(case.get("name", "").split())
            print(outcome(case), name, sep="\t")
