#!/usr/bin/env python3
"""Tags of the event files of runs are those of the one table, and every run has the common ones.

check_tags.py RUN...   folders of runs; without any, only the table of hcsp/README.md is compared
with hcsp/train/tags.h. Prints what is wrong and exits with 1.
"""
import glob
import os
import re
import struct
import sys

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SKILLS = ("hover", "serve", "set", "attack", "receive", "pass")
COMMON = ["losses/" + word for word in
          ("policy_loss", "value_loss", "entropy", "approx_kl", "clipfrac", "explained_variance",
           "grad_norm", "grad_norm_critic")] + ["charts/learning_rate", "charts/SPS"]


def table():
    """The tags of hcsp/train/tags.h with what they are."""
    with open(os.path.join(HOME, "hcsp/train/tags.h")) as f:
        rows = re.findall(r'^  X\(\w+, ("[^"]*"|TRAIN_TAG_SPS), "([^"]*)"\)', f.read(), re.M)
    return {tag.strip('"') if '"' in tag else "charts/SPS": what for tag, what in rows}


def listed():
    """The same as hcsp/README.md has it."""
    with open(os.path.join(HOME, "hcsp/README.md")) as f:
        section = f.read().split("### 2.3 ")[1].split("###")[0]
    return dict(re.findall(r"^\| `([\w/]+)` \| (.*) \|$", section, re.M))


def fields(data):
    """(number, value) of each field of a message of protobuf; bytes for what has a length."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(key & 7)
            if size is None:
                size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def tags(run):
    """Every tag in the event files of a run."""
    seen = set()
    for path in glob.glob(run + "/events.out.tfevents.*"):
        with open(path, "rb") as f:
            data = f.read()
        at = 0
        while at < len(data):
            size = struct.unpack_from("<Q", data, at)[0]
            for number, summary in fields(data[at + 12:at + 12 + size]):
                for _, value in fields(summary) if number == 5 else ():
                    seen.add(dict(fields(value))[1].decode())
            at += size + 16
    return seen


def known(tag, rows):
    """Is it in the table, as it stands, of a named statistic, or of a learner of several?"""
    group, name = tag.split("/", 1)
    if tag in rows or group + "/" in rows:
        return True
    return group in SKILLS and (name in {row.split("/")[1] for row in rows} or "strikes/" in rows)


def main():
    rows, wrong = table(), []
    if len(rows) < 15 or rows != listed():
        wrong.append(f"hcsp/README.md 2.3 and hcsp/train/tags.h differ: {sorted(set(rows.items()) ^ set(listed().items()))}")
    for run in sys.argv[1:]:
        seen = tags(run)
        wrong += [f"{run}: {tag} is not in the table of hcsp/train/tags.h" for tag in sorted(seen) if not known(tag, rows)]
        wrong += [f"{run}: no {tag}" for tag in COMMON if tag not in seen]
    print("\n".join(wrong))
    return len(wrong) > 0


sys.exit(main())
