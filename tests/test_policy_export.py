#!/usr/bin/env python3
"""Exported policies compute what the policy computes: the ONNX model node by node with numpy (and with
onnxruntime where it is installed), the C compiled with and without optimisation, to the bit the same,
the module with torch where it is installed.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_policy_export.py HCSP
Exit code 77: numpy is not installed
"""
import ctypes
import importlib.util
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import unittest

try:
    import numpy as np
except ImportError:
    print("SKIP: numpy is not installed")
    sys.exit(77)

import hcsp
from test_python import forward_arrays, tensors

PROGRAM = sys.argv.pop(1)
HOME = pathlib.Path(hcsp.home())
ROWS = 300


# ---- policies of every kind of layer

def write_policy(path, inputs, hidden, outputs, input_norm, activation, hidden_norm, squash, seed):
    """A policy file (policies/README.md 1.1) of random weights, with its probe."""
    rng = np.random.default_rng(seed)
    arrays = {}
    if input_norm == "layernorm":
        arrays["input.weight"], arrays["input.bias"] = rng.uniform(0.5, 2, inputs), rng.normal(size=inputs)
    elif input_norm == "fixed":
        arrays["input.mean"], arrays["input.std"] = rng.normal(size=inputs), rng.uniform(0.5, 2, inputs)
    width = inputs
    for i, n in enumerate(hidden):
        arrays[f"layers.{i}.weight"] = rng.normal(size=(n, width)) / np.sqrt(width)
        arrays[f"layers.{i}.bias"] = rng.normal(size=n)
        if hidden_norm == "layernorm":
            arrays[f"layers.{i}.norm.weight"], arrays[f"layers.{i}.norm.bias"] = rng.uniform(0.5, 2, n), rng.normal(size=n)
        width = n
    arrays["head.weight"], arrays["head.bias"] = rng.normal(size=(outputs, width)), rng.normal(size=outputs)
    arrays["log_std"] = rng.normal(size=outputs)
    arrays = {name: a.astype(np.float32) for name, a in arrays.items()}
    arch = {"input_norm": input_norm, "hidden": hidden, "activation": activation, "hidden_norm": hidden_norm, "squash": squash}
    arrays["probe.obs"] = rng.normal(size=(4, inputs)).astype(np.float32)
    arrays["probe.out"] = forward_arrays(arrays, arch, arrays["probe.obs"]).astype(np.float32)
    meta = {"format": "hcsp-policy", "version": "1", "kind": "skill", "name": path.stem, "obs": "strike43", "act": "rotor4",
            "arch": json.dumps(arch), "every": "2", "dt": "0.01", "provenance": "{}"}
    header, offset = {"__metadata__": meta}, 0
    for name, a in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(a.shape), "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in arrays.values()))


def policies():
    """Shipped ones, and one of each kind of norm, activation and squash."""
    made = pathlib.Path("policies")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    write_policy(made / "published.safetensors", 43, [256, 128, 128], 4, "layernorm", "elu", "layernorm", "none", 1)
    write_policy(made / "fixed.safetensors", 43, [32, 16], 4, "fixed", "elu", "none", "clip", 2)
    write_policy(made / "tanh-9.safetensors", 43, [24], 4, "none", "tanh", "layernorm", "tanh", 3)
    write_policy(made / "9linear.safetensors", 43, [], 4, "fixed", "elu", "none", "none", 4)
    shipped = ["skills/set", "skills/hover", "strategies/stage3_court-020", "flat/sp"]
    return sorted(made.glob("*")) + [HOME / f"policies/{name}.safetensors" for name in shipped]


def observations(policy):
    rng = np.random.default_rng(7)
    obs = rng.normal(size=(ROWS, policy.inputs)) * np.exp(rng.normal(size=(ROWS, 1)))
    obs[0] = 0
    return obs.astype(np.float32)


def export(path, kind, out):
    subprocess.run([PROGRAM, "export", path, "--to", kind, "--out", out], check=True, capture_output=True)


# ---- ONNX, read here

def fields(data):
    """(number, value) of a protocol buffer: integers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, varint()
        else:
            size = varint() if kind == 2 else {5: 4, 1: 8}[kind]
            yield tag >> 3, data[at : at + size]
            at += size


def parts(data, number):
    return [value for field, value in fields(data) if field == number]


def run_onnx(data, obs):
    (graph,) = parts(data, 7)
    values = {"obs": obs.astype(np.float64)}
    for tensor in parts(graph, 5):
        (name,), (raw,) = parts(tensor, 8), parts(tensor, 9)
        values[name.decode()] = np.frombuffer(raw, np.float32).reshape(parts(tensor, 1)).astype(np.float64)
    for node in parts(graph, 1):
        inputs, (output,), (op,) = [values[name.decode()] for name in parts(node, 1)], parts(node, 2), parts(node, 4)
        x, rest = inputs[0], inputs[1:]
        attributes = {parts(a, 1)[0].decode(): a for a in parts(node, 5)}
        if op == b"Gemm":
            assert parts(attributes["transB"], 3) == [1]
            y = x @ rest[0].T + rest[1]
        elif op == b"LayerNormalization":
            assert parts(attributes["axis"], 3) == [2**64 - 1]
            (epsilon,) = struct.unpack("<f", parts(attributes["epsilon"], 2)[0])
            centred = x - x.mean(-1, keepdims=True)
            y = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * rest[0] + rest[1]
        else:
            y = {b"Elu": lambda: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), b"Tanh": lambda: np.tanh(x),
                 b"Sub": lambda: x - rest[0], b"Div": lambda: x / rest[0], b"Identity": lambda: x,
                 b"Clip": lambda: np.clip(x, rest[0], rest[1])}[op]()
        values[output.decode()] = y
    return values["action"]


class Export(unittest.TestCase):
    def near(self, seen, wanted, what, tolerance):
        error = np.abs(seen - wanted) / (1 + np.abs(wanted).max(-1, keepdims=True))
        self.assertLess(error.max(), tolerance, what)

    def test_onnx(self):
        for path in policies():
            export(path, "onnx", "out.onnx")
            policy, data = hcsp.Policy(path), pathlib.Path("out.onnx").read_bytes()
            obs = observations(policy)
            self.near(run_onnx(data, obs), policy(obs), path, 1e-5)
            meta = {parts(m, 1)[0].decode(): parts(m, 2)[0].decode() for m in parts(data, 14)}
            self.assertEqual((meta["obs"], meta["act"], meta["every"]), (policy.obs, policy.act_kind, str(policy.every)))
            if policy.std is not None:
                np.testing.assert_allclose(np.exp([float(x) for x in meta["log_std"].split()]), policy.std, rtol=1e-6)
            (graph,) = parts(data, 7)
            self.assertEqual([parts(v, 1)[0] for field in (11, 12) for v in parts(graph, field)], [b"obs", b"action"])

    def test_onnxruntime(self):
        try:
            import onnxruntime
        except ImportError:
            self.skipTest("onnxruntime is not installed")
        for path in policies():
            export(path, "onnx", "out.onnx")
            policy, session = hcsp.Policy(path), onnxruntime.InferenceSession("out.onnx")
            rng = np.random.default_rng(8)
            obs = rng.normal(size=(10000, policy.inputs)).astype(np.float32)
            self.near(session.run(["action"], {"obs": obs})[0], policy(obs), path, 1e-6 if path.is_absolute() else 4e-6)

    def test_c(self):
        for path in policies():
            name = path.stem
            policy = hcsp.Policy(path)
            obs, seen = observations(policy), []
            export(path, "c", f"{name}.c")
            symbol = ("p" if name[0].isdigit() else "") + name.replace("-", "_")
            for flags in (["-O0"], ["-O3", "-march=native", "-ffp-contract=fast"]):
                library = pathlib.Path(f"{name}{len(seen)}.so")
                command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *flags, "-shared", "-fPIC"]
                subprocess.run([*command, f"{name}.c", "-o", library, "-lm"], check=True)
                act = getattr(ctypes.CDLL(str(library.resolve())), f"{symbol}_act")
                out = np.empty((ROWS, policy.outputs), np.float32)
                for i in range(ROWS):
                    act(out[i].ctypes.data_as(ctypes.c_void_p), obs[i].ctypes.data_as(ctypes.c_void_p))
                seen.append(out)
            self.near(seen[0], policy(obs), path, 1e-5)
            self.assertEqual(seen[0].tobytes(), seen[1].tobytes())
            self.assertNotIn("malloc", pathlib.Path(f"{name}.c").read_text())

    def test_torch(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        for path in policies():
            export(path, "torch", "out.py")
            spec = importlib.util.spec_from_file_location("out", "out.py")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            policy, obs = hcsp.Policy(path), observations(hcsp.Policy(path))
            with torch.no_grad():
                self.near(module.load(path)(torch.from_numpy(obs)).numpy(), policy(obs), path, 1e-5)

    def test_refusals(self):
        path = str(policies()[0])
        for arguments, code, words in [
            ([path, "--to", "csv"], 2, "is a policy; wanted --to onnx, c or torch"),
            (["match", "--to", "onnx"], 2, "is a log; wanted --to csv"),
            ([path, "--to", "tflite"], 2, "wanted csv, json, h5 or html of a log, onnx, c or torch"),
            ([path, "--to", "c", "--out", "x.txt"], 2, "ends in .c"),
            (["nowhere.safetensors"], 3, "nowhere.safetensors"),
            ([path, "--out", "/proc/none/x.onnx"], 1, "/proc/none/x.onnx"),
        ]:
            done = subprocess.run([PROGRAM, "export", *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
