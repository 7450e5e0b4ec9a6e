#!/usr/bin/env python3
"""Agent steps per CPU second, by turns: through Python, through C, and what others do where they are installed.

    HCSP_LIBRARY=build/release/lib/libhcsp.so PYTHONPATH=hcsp/python python3 hcsp/python/throughput.py
Needs a C compiler; EnvPool (Ant) and Stable-Baselines3 are measured where they are installed.
"""
import importlib.util
import os
import pathlib
import subprocess
import time

import numpy as np

import hcsp

HERE = pathlib.Path(__file__).resolve().parent
ENVS, STEPS, TURNS = 1024, {"hover": 100, "3v3": 10}, 5


def in_c(kind):
    command = ["./throughput", kind, str(ENVS), str(STEPS[kind])]
    folder = os.path.dirname(os.path.abspath(os.environ["HCSP_LIBRARY"]))
    return float(subprocess.run(command, env={**os.environ, "LD_LIBRARY_PATH": folder}, check=True, capture_output=True).stdout)


def in_python(kind):
    make = hcsp.vector_env if kind == "hover" else hcsp.multi_agent_env
    env = make(kind, ENVS, threads=1)
    obs, _ = env.reset()
    action = np.full(obs.shape[:-1] + (4,), 0.24, np.float32)
    begin = time.process_time()
    for _ in range(STEPS[kind]):
        env.step(action)
    return action.size / 4 * STEPS[kind] / (time.process_time() - begin)


def in_envpool():
    import envpool

    env = envpool.make("Ant-v4", env_type="gymnasium", num_envs=64, num_threads=1)
    env.reset()
    action = np.zeros((64, 8))
    begin = time.process_time()
    for _ in range(100):
        env.step(action)
    return 6400 / (time.process_time() - begin)  # a step is 5 frames of the physics


def in_sb3():
    env = hcsp.sb3_env(hcsp.vector_env("hover", ENVS, threads=1))
    env.reset()
    action = np.full((ENVS, 4), 0.24, np.float32)
    begin = time.process_time()
    for _ in range(50):
        env.step(action)
    return ENVS * 50 / (time.process_time() - begin)


def main():
    library = os.environ["HCSP_LIBRARY"]
    subprocess.run(["cc", "-O2", "-I", HERE.parent / "api", HERE / "throughput.c", library, "-o", "throughput"], check=True)
    for kind in STEPS:
        pairs = [(in_python(kind), in_c(kind)) for _ in range(TURNS)]
        python, c = np.median(pairs, axis=0)
        shares = ", ".join(f"{a / b:.2f}" for a, b in pairs)
        print(f"{kind:8s} Python {python:9.0f}  C {c:9.0f}  agent steps a CPU second; share {python / c:.2f} ({shares})", flush=True)
    if importlib.util.find_spec("stable_baselines3"):
        print(f"hover through a VecEnv of Stable-Baselines3: {in_sb3():.0f}")
    if importlib.util.find_spec("envpool"):
        print(f"EnvPool Ant-v4: {in_envpool():.0f} steps a CPU second, 5 frames each")


if __name__ == "__main__":
    main()
