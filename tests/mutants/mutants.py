#!/usr/bin/env python3
"""Small faults, planted one at a time: which tests see them?

  mutants.py [--jobs N] [--again] [--list] [--results FILE] [NAME or TABLE ...]
  mutants.py --check          every fault still has its one place in the sources; a test of the suite

A table tests/mutants/TABLE.txt holds faults of one part of the program, a paragraph each:

  gae-sign: the next value is taken off                   name: what is wrong
  file kernels/row.h
  tests gradient learn                                    tests of ctest, the likeliest first
  - reward + discount * future - value                    the text, exactly once in the file
  + reward - discount * future - value                    what stands there instead

Several lines of "-" or "+" are one text. White space counts only where it parts words, so that
another indentation or line break leaves the tables alone. "through FILE" behind the file of a header
compiles only that source with the fault, and leaves the many others that include it alone.

The tree is copied to build/mutants/tree and built there once; then each fault is compiled into the
programs of its tests, which run until one fails. A fault that was judged before is not judged again
as long as the file, the fault and its tests are the same (build/mutants/results.json). Without names
all faults are judged, else those named, in that order. --results FILE writes the table of all faults as Markdown, too.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
BUILD = TREE / "build" / "relassert"
# a test that takes longer than this with a fault has seen it: an endless loop, for instance
SECONDS_MAX = 240


class Mutant:
    def __init__(self, table, lines):
        self.table = table
        self.name, _, self.what = lines[0].partition(": ")
        self.file, self.through, self.tests, old, new = "", [], [], [], []
        for line in lines[1:]:
            key, _, rest = line.partition(" ")
            if key == "file":
                self.file = rest.strip()
            elif key == "through":
                self.through += rest.split()
            elif key == "tests":
                self.tests += rest.split()
            elif key in ("-", "+"):
                (old if key == "-" else new).append(rest)
            else:
                sys.exit(f"{table}: {self.name}: saw '{line}', wanted file, through, tests, - or +")
        self.old, self.new = "\n".join(old), "\n".join(new)

    def places(self, text):
        """Where the old text stands, whatever the white space between its words."""
        if not self.old.split():
            return []
        pattern = r"\s+".join(re.escape(word) for word in self.old.split())
        return [match.span() for match in re.finditer(pattern, text)]

    def planted(self, text):
        (first, end), = self.places(text)
        return text[:first] + self.new.strip() + text[end:]


def read_tables():
    mutants = []
    for path in sorted(HERE.glob("*.txt")):
        lines = [line for line in path.read_text().split("\n") if not line.startswith("#")]
        for part in re.split(r"\n\s*\n", "\n".join(lines)):
            if part.strip():
                mutants.append(Mutant(path.stem, part.strip("\n").split("\n")))
    return mutants


def known_tests():
    """Names that the CMake lists give to tests."""
    text = "\n".join(path.read_text() for path in (ROOT / "tests").glob("*.cmake"))
    names = set(re.findall(r"hcsp_(?:script_)?test\((\w+)", text))
    return names | {f"fuzz_{name}" for name in re.findall(r"hcsp_fuzz\((\w+)", text)}


def check(mutants):
    """The tables fit the sources; prints what does not."""
    wrong, tests, names = 0, known_tests(), [m.name for m in mutants]
    for m in mutants:
        path = ROOT / m.file
        found = len(m.places(path.read_text())) if m.file and path.is_file() else 0
        faults = []
        if found != 1:
            faults.append(f"its text is {found} times in {m.file or 'no file'}, wanted once")
        if m.old.split() == m.new.split():
            faults.append("it changes nothing")
        if names.count(m.name) > 1:
            faults.append("its name is not its own")
        faults += [f"no file {name}" for name in m.through if not (ROOT / name).is_file()]
        faults += [f"no test '{name}'" for name in m.tests if name not in tests]
        if not m.tests:
            faults.append("no tests")
        for fault in faults:
            print(f"tests/mutants/{m.table}.txt: {m.name}: {fault}")
            wrong += 1
    print(f"{len(mutants)} faults in the tables, {wrong} entries to mend")
    return wrong == 0


# ---- the copy

def sh(*words, **more):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def copy_tree():
    """The files git knows or would know; those that are the same keep their time."""
    names = sh("git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", check=True).stdout
    wanted = {name for name in names.split("\n") if name and (ROOT / name).is_file()}
    TREE.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for path in TREE.rglob("*"):
        name = str(path.relative_to(TREE))
        if path.is_file() and not name.startswith(("build/", ".deps")) and name not in wanted:
            path.unlink()
    if not (TREE / ".deps").exists() and (ROOT / ".deps").exists():
        (TREE / ".deps").symlink_to(ROOT / ".deps")


def configure():
    done = sh("cmake", "--preset", "relassert", cwd=TREE)
    if done.returncode:
        sys.exit(f"{done.stdout[-3000:]}\nmutants: the copy in {TREE} cannot be configured")
    targets = sh("ninja", "-C", str(BUILD), "-t", "targets", "all").stdout
    return set(re.findall(r"^(\w+): phony", targets, re.M))


# ---- one fault

class Planter:
    """Exchanges a file of the copy; the one before is put back when another file's turn comes, so
    that faults of one file cost one compilation each."""

    def __init__(self):
        self.file, self.text, self.through, self.times = None, "", [], None

    def plant(self, mutant):
        if (self.file, self.through) != (mutant.file, mutant.through):
            self.restore()
            self.file, self.through = mutant.file, mutant.through
            self.text = (TREE / mutant.file).read_text()
            info = (TREE / mutant.file).stat()
            self.times = (info.st_atime_ns, info.st_mtime_ns)
        self.write(mutant.planted(self.text))

    def write(self, text):
        (TREE / self.file).write_text(text)
        for name in self.through:
            (TREE / name).touch()
        if self.through:
            os.utime(TREE / self.file, ns=self.times)

    def restore(self):
        if self.file:
            self.write(self.text)
        self.file = None


def programs(tests, targets):
    """What has to be built for the tests: their own programs, or the program itself."""
    return sorted({f"test_{t}" if f"test_{t}" in targets else t if t in targets else "hcsp"
                   for t in tests})


def fixtures(test):
    """Tests that leave files for others run with them."""
    return {"record_python": "record_log|record_python"}.get(test, test)


def seen_by(test, output):
    """The test, and where cmocka or a script says so the case."""
    case = re.search(r"\[  FAILED  \] (?!GROUP)(\w+)$|Assertion `|FAILED: (.{1,60})", output, re.M)
    where = case and (case.group(1) or case.group(2))
    return f"{test}: {where}" if where else test


def judge(mutant, targets, jobs):
    for test in mutant.tests:
        done = sh("cmake", "--build", str(BUILD), "-j", str(jobs), "--target",
                  *programs([test], targets))
        if done.returncode:
            return "does not compile", done.stdout
        done = sh("ctest", "--test-dir", str(BUILD), "-R", f"^({fixtures(test)})$",
                  "--output-on-failure", "--timeout", str(SECONDS_MAX))
        if "No tests were found" in done.stdout:
            return "does not compile", f"no test {test}"
        if done.returncode:
            return f"caught by {seen_by(test, done.stdout)}", done.stdout
    return "NOT CAUGHT", ""


def key_of(mutant):
    """What the answer depends on, as far as it is cheap to tell."""
    h = hashlib.sha256()
    for text in (mutant.file, mutant.old, mutant.new, " ".join(mutant.tests + mutant.through)):
        h.update(text.encode() + b"\0")
    paths = [ROOT / mutant.file]
    for test in mutant.tests:
        paths += [ROOT / "tests" / f"test_{test}{end}" for end in (".c", ".sh", ".py")]
    for path in paths:
        h.update(path.read_bytes() if path.is_file() else b"")
    return h.hexdigest()[:24]


# ---- results

def load_results():
    path = WORK / "results.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def save_results(results):
    path = WORK / "results.json.tmp"
    path.write_text(json.dumps(results, indent=1, sort_keys=True))
    os.replace(path, WORK / "results.json")


def count(mutants, answers):
    caught = sum(answers.get(m.name, "").startswith("caught") for m in mutants)
    missed = [m.name for m in mutants if answers.get(m.name) == "NOT CAUGHT"]
    return caught, missed


def write_table(path, mutants, answers):
    caught, missed = count(mutants, answers)
    judged = [m for m in mutants if m.name in answers]
    commit = sh("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD").stdout.strip()
    lines = ["# Planted faults and the tests that see them", "",
             "Written by `tests/mutants/run.sh --results tests/mutants/RESULTS.md`, "
             f"at commit {commit}: {caught} of {len(judged)} judged faults caught"
             f" ({100 * caught / max(len(judged), 1):.1f} %), {len(mutants) - len(judged)} not judged.",
             ""]
    if missed:
        lines += ["Not caught: " + ", ".join(missed) + ".", ""]
    lines += ["| part | fault | what is wrong | file | seen by |", "|---|---|---|---|---|"]
    for m in mutants:
        answer = answers.get(m.name, "not judged").removeprefix("caught by ").replace("|", "\\|")
        lines.append(f"| {m.table} | {m.name} | {m.what} | {m.file} | {answer} |")
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--again", action="store_true", help="judge also what was judged before")
    parser.add_argument("--list", action="store_true", help="print names and what is wrong")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--results", metavar="FILE")
    args = parser.parse_args()
    mutants = read_tables()
    if args.check:
        return 0 if check(mutants) else 1
    unknown = set(args.names) - {m.name for m in mutants} - {m.table for m in mutants}
    if unknown:
        print(f"mutants: no fault or table named {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [m for m in mutants if not args.names or m.name in args.names or m.table in args.names]
    if args.list:
        for m in chosen:
            print(f"{m.table:12} {m.name:32} {m.what}")
        return 0
    if not check(chosen):
        return 1
    WORK.mkdir(parents=True, exist_ok=True)
    results, planter, targets = load_results(), Planter(), None
    def order(m):
        """As they were asked for, and faults of one program and file side by side."""
        asked = [i for i, name in enumerate(args.names) if name in (m.name, m.table)]
        return asked[:1], m.tests, m.file

    for m in sorted(chosen, key=order):
        key = key_of(m)
        if args.again or results.get(m.name, {}).get("key") != key:
            if targets is None:
                copy_tree()
                targets = configure()
            start = time.monotonic()
            planter.plant(m)
            answer, log = judge(m, targets, args.jobs)
            (WORK / "logs").mkdir(exist_ok=True)
            (WORK / "logs" / f"{m.name}.log").write_text(log)
            results[m.name] = {"key": key, "answer": answer}
            save_results(results)
            print(f"{m.name:34} {answer}  ({time.monotonic() - start:.0f} s)", flush=True)
        else:
            print(f"{m.name:34} {results[m.name]['answer']}  (as before)", flush=True)
    planter.restore()
    answers = {m.name: results[m.name]["answer"] for m in mutants if m.name in results}
    caught, missed = count(chosen, answers)
    print(f"{caught} of {len(chosen)} caught; not caught: {', '.join(missed) or 'none'}")
    if args.results:
        write_table(args.results, mutants, answers)
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
