"""The two programs, from where the package lies."""

import os
import pathlib
import sys


def _run(name):
    path = pathlib.Path(__file__).resolve().parent / "bin" / name
    os.execv(path, [name, *sys.argv[1:]])


def hcsp():
    _run("hcsp")


def view():
    _run("hcsp-view")
