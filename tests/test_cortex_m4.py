#!/usr/bin/env python3
"""An exported policy on an emulated Cortex-M4 gives the bits that it gives on this machine; prints its
size and how many instructions an action takes.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_cortex_m4.py HCSP
Exit code 77: numpy, arm-none-eabi-gcc or qemu-system-arm is not installed
"""
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = sys.argv[1]
CORE = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]
ROWS = 20

try:
    import numpy as np
except ImportError:
    print("SKIP: numpy is not installed")
    sys.exit(77)
for tool in ("arm-none-eabi-gcc", "qemu-system-arm"):
    if not shutil.which(tool):
        print(f"SKIP: {tool} is not installed")
        sys.exit(77)

import hcsp


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, timeout=120).stdout


def on_host(policy, symbol, obs):
    import ctypes

    run("cc", "-O2", "-shared", "-fPIC", f"{symbol}.c", "-o", f"{symbol}.so", "-lm")
    act = getattr(ctypes.CDLL(str(pathlib.Path(f"{symbol}.so").resolve())), f"{symbol}_act")
    out = np.empty((len(obs), policy.outputs), np.float32)
    for i, row in enumerate(obs):
        act(out[i].ctypes.data_as(ctypes.c_void_p), row.ctypes.data_as(ctypes.c_void_p))
    return out


def on_board(policy, symbol, obs):
    """Actions, instructions of one, and bytes of code and constants."""
    rows = ",\n".join("{" + ", ".join(float(x).hex() + "f" for x in row) + "}" for row in obs)
    pathlib.Path("policy.h").write_text(
        f'#include "{symbol}.h"\n#define ACT {symbol}_act\nenum {{ ROWS = {len(obs)}, INPUTS = {policy.inputs}, '
        f"OUTPUTS = {policy.outputs} }};\nstatic const float OBS[ROWS][INPUTS] = {{{rows}}};\n")
    run("arm-none-eabi-gcc", *CORE, "-O2", "-fno-math-errno", "-Wall", "-Werror", "-c", f"{symbol}.c", "-o", "policy.o")
    run("arm-none-eabi-gcc", *CORE, "-O2", "-ffreestanding", "-I.", "-c", HERE / "cortex_m4/main.c", "-o", "main.o")
    run("arm-none-eabi-gcc", *CORE, "-nostartfiles", "-T", HERE / "cortex_m4/board.ld", "main.o", "policy.o", "-lm", "-o", "policy.elf")
    size = run("arm-none-eabi-size", "policy.o").split("\n")[1].split()
    lines = subprocess.run(
        ["qemu-system-arm", "-M", "mps2-an386", "-cpu", "cortex-m4", "-nographic", "-monitor", "none", "-serial", "none",
         "-semihosting-config", "enable=on,target=native", "-icount", "shift=0", "-kernel", "policy.elf"],
        capture_output=True, text=True, timeout=120).stderr.split("\n")
    lines = [line for line in lines if line]
    bits = np.array([[int(x, 16) for x in line.split()] for line in lines[: len(obs)]], np.uint32)
    return bits.view(np.float32), int(lines[len(obs)], 16), int(size[0]) + int(size[1])


failed = False
for name in ("skills/set", "skills/hover", "strategies/stage3_court-020"):
    path = pathlib.Path(hcsp.home()) / f"policies/{name}.safetensors"
    symbol = path.stem.replace("-", "_")
    policy = hcsp.Policy(path)
    obs = np.random.default_rng(5).normal(size=(ROWS, policy.inputs)).astype(np.float32)
    run(PROGRAM, "export", path, "--to", "c", "--out", f"{symbol}.c")
    host, (board, instructions, size) = on_host(policy, symbol, obs), on_board(policy, symbol, obs)
    same = host.tobytes() == board.tobytes()
    failed |= not same
    print(f"{name}: {size / 1024:.1f} KiB, {instructions} instructions an action, {'same bits' if same else 'OTHER BITS'}")
sys.exit(failed)
