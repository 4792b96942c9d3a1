#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the documentation tells the truth: runs it, and follows its links.

Each ```console block of README.md and docs/*.md is one shell session, run from the repository root with
--bin first on PATH. Lines that start with "$ " are commands (a trailing backslash continues one); the
lines below are what must appear on stdout (stderr has progress). "..." stands for any text, and alone
on a line for any lines. Links to files of the repository must lead somewhere.
Usage: check_docs.py --bin FOLDER [FILE...] | --self-test
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^( *)```(\w*)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MARK = "--- end of command ---"
TIMEOUT_SECONDS = 600


def split(text):
    """The console blocks as (line number, lines), and all lines outside of any block."""
    blocks, prose, block = [], [], None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if block is None and fence:
            indent, block = len(fence[1]), (number, [])
            if fence[2] == "console":
                blocks.append(block)
        elif fence:
            block = None
        elif block is None:
            prose.append((number, line))
        else:
            block[1].append(line[indent:])
    return blocks, prose


def steps(lines):
    """The (command, expected output lines) pairs of one console block."""
    result, continued = [], False
    for line in lines:
        if continued:
            result[-1][0] += "\n" + line
        elif line.startswith("$ "):
            result.append([line[2:], []])
        elif not result:
            raise ValueError(f"output before the first command: {line!r}")
        else:
            result[-1][1].append(line)
        continued = line.endswith("\\") and (continued or line.startswith("$ "))
    return result


def run(commands, path):
    """Runs the commands in one shell; the output of each, as far as the shell came."""
    script = "".join(f'{command}\nstatus=$?; printf "%s\\n" "{MARK}"; (exit $status)\n'
                     for command in commands)
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=False)
    return done.stdout.split(MARK + "\n")


def pattern(lines):
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.rstrip().split("..."))) + r"\n")
    return re.compile("".join(parts) + r"\n*")


def matches(expected, actual):
    text = "".join(line.rstrip() + "\n" for line in actual.splitlines())
    return pattern(expected).fullmatch(text.rstrip("\n") + "\n" if text.strip() else "")


def strip_blank_end(lines):
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def console_problems(name, block, path):
    number, lines = block
    wanted = steps(lines)
    for (command, expected), actual in zip(wanted, run([step[0] for step in wanted], path)):
        expected = strip_blank_end(expected)
        if not matches(expected, actual):
            shown = "\n".join(["$ " + command, "--- documented", *expected, "--- actual", actual])
            yield f"{name}:{number}: output differs\n{shown}"


def link_problems(path, prose):
    for number, line in prose:
        for target in LINK.findall(line):
            file = target.split("#")[0]
            if not file or re.match(r"[a-z]+:", target):
                continue
            resolved = (path.parent / file).resolve()
            if not resolved.exists() or not resolved.is_relative_to(ROOT):
                yield f"{path.name}:{number}: link to {target}: no such file in the repository"


def problems(path, text, binaries):
    blocks, prose = split(text)
    yield from link_problems(path, prose)
    for block in blocks:
        yield from console_problems(path.name, block, binaries)


# Page, number of problems to be found.
SELF_TEST = [
    ("```console\n$ echo one; echo two; echo progress >&2\none\ntwo\n```\n", 0),
    ("```console\n$ echo one\ntwo\n```\n", 1),
    ("```console\n$ echo one\n```\n", 1),
    ("```console\n$ true\none\n```\n", 1),
    ("```console\n$ seq 5\n1\n...\n5\n$ echo took 0.3 s\ntook ... s\n```\n", 0),
    ("```console\n$ seq 5\n1\n...\n4\n```\n", 1),
    ("```console\n$ x=7; false\n$ echo $? $x\n1 7\n```\n", 0),
    ("- item\n  ```console\n  $ echo a \\\n      b\n  a b\n  ```\n", 0),
    ("```sh\nnot run\n```\n", 0),
    ("see [this](check_docs.py#top), [that](https://example.org) and [up](#top)\n", 0),
    ("see [nothing](no_such_file.md)\n", 1),
    ("see [outside](../../../../../../../../../etc/passwd)\n", 1),
]


def self_test():
    for text, expected in SELF_TEST:
        found = list(problems(ROOT / "scripts/page.md", text, "/usr/bin"))
        if len(found) != expected:
            sys.exit(f"self-test: expected {expected} problems in\n{text}\ngot {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    pages = arguments.files or [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
    found = [line for page in pages
             for line in problems(page.resolve(), page.read_text(), arguments.bin.resolve())]
    print("\n".join(found) or f"docs: {len(pages)} pages agree with the program")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
