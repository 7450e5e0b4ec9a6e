#!/usr/bin/env python3
"""policies/README.md keeps its word: every block of the page runs in the order of the page, in a folder that has
policies/, configs/ and the program, and the policy, table and teams that come of it are what the page says.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_policies_page.py HCSP
Exit code 77: numpy is not installed
"""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

if not importlib.util.find_spec("numpy"):
    print("SKIP: numpy is not installed")
    sys.exit(77)

SOURCES = pathlib.Path(__file__).resolve().parent.parent
HEADS = "heads-4-6-15-24-26"  # of table volley, on the page


def make_folder(hcsp):
    folder = pathlib.Path("policies-page")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "build/release").mkdir(parents=True)
    for name in ("policies", "configs"):
        (folder / name).symlink_to(SOURCES / name)
    (folder / "build/release/bin").symlink_to(pathlib.Path(hcsp).resolve().parent)
    return folder


def run(kind, text, folder):
    command = [sys.executable, "-c", text] if kind == "python" else ["bash", "-euc", text]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    print(done.stdout, flush=True)
    return done.stdout


def number(pattern, text):
    found = re.search(pattern, text)
    assert found, f"saw no /{pattern}/ in\n{text}"
    return float(found[1])


def main(hcsp):
    page = (SOURCES / "policies/README.md").read_text()
    folder = make_folder(hcsp)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page, re.S | re.M)
    out = [run(kind, text, folder) for kind, text in blocks if kind != "text"]
    assert len(out) == 8, f"{len(out)} blocks"
    shipped, _, header, hover, team, option, volley, free = out
    assert "option tables" in shipped
    for words in ("hover27", "head.weight      [4, 256]", "probe.obs        [4, 27]"):
        assert words in header, header
    assert number(r"success +([\d.]+) %", hover) > 90
    assert re.search(r"goto +mine\n", team) and "stage2_court" in team
    assert re.search(r"attacker .* line left", option) and "100.0 %" in option
    assert number(r"score +near mine (\d+) : \d+ far stage1_plus", option) > 35
    # numbers of options, as the page has them
    sizes = [int(n) for n in re.findall(r"^  (?:serve|shape|first|second|third) .* (\d+)(?:   .*)?$", page, re.M)]
    assert HEADS == "heads-" + "-".join(map(str, sizes)) and HEADS in page, sizes
    assert [len(re.findall(f"[PSA] {row}", volley)) for row in ("left high", "save")] == [3, 3], volley
    assert re.search(r"shape +behind triangle", free) and re.search(r"third +middle deep line fast", free)
    assert re.search(r"  third +middle +\d+ +(9\d|100)", free) and number(r"near wins +([\d.]+) %", free) > 60
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
