"""The two programs, from where the package lies."""

import ctypes
import os
import pathlib
import sys


def _run(name):
    path = pathlib.Path(__file__).resolve().parent / "bin" / name
    os.execv(path, [name, *sys.argv[1:]])


def hcsp():
    _run("hcsp")


def view():
    try:
        ctypes.CDLL("libX11.so.6")  # the one library of the viewer that a wheel may not bring
    except OSError:
        sys.exit(
            "hcsp-view: saw no libX11.so.6, which the viewer needs also without a window; "
            "wanted that of the system (apt install libx11-6 libegl1)"
        )
    _run("hcsp-view")
