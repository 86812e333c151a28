#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""coverage.py: each cause and observation has a capture in which it must be found, and one that
looks alike in which it must not be (catalogue.tsv); each pitfall of the field has tests that fail
where it is stepped into (pitfalls.tsv). The tables of the README and of the contract name the same
causes. That the answers are so is what the tests pcaps.* see to.
"""

import os
import re
import sys

import golden
import result

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.join(result.PROJECT, "pcaps")
TESTS = os.path.join(result.PROJECT, "tests")
N_PITFALLS = 20


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as source:
        return source.read()


def rows_of(name):
    for line in read(HERE, name).splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def rules():
    return re.findall(r'^RULE\(\w+,\s*"([a-z0-9-]+)"',
                      read(result.PROJECT, "analyze", "rules", "rules.def"), re.M)


def observations():
    return re.findall(r'^OBSERVATION\(\w+,\s*"([a-z0-9-]+)"',
                      read(result.PROJECT, "analyze", "attempt", "obs.def"), re.M)


# ---- the catalogue ------------------------------------------------------------------------------

def demands(case, name, cause):
    """Must the case say so, and nothing else?"""
    attempts = golden.expected_of(os.path.join(PCAPS, case))["attempts"]
    return any(each["causes"] == [name] if cause else name in each.get("observed", [])
               for each in attempts)


def forbids(case, name, cause):
    attempts = golden.expected_of(os.path.join(PCAPS, case))["attempts"]
    return bool(attempts) and all(name not in each["causes"] if cause
                                  else name in each.get("not_observed", []) for each in attempts)


def catalogue_problems():
    causes, rows = set(rules()), list(rows_of("catalogue.tsv"))
    names = [row[0] for row in rows]
    if names != rules() + observations():
        differ = set(names) ^ set(rules() + observations())
        yield f"catalogue.tsv: expected the rows of rules.def and obs.def, differs in {differ}"
    for name, found, alike, _ in rows:
        for case, right, what in ((found, demands, "demand"), (alike, forbids, "forbid")):
            if not golden.has_case(os.path.join(PCAPS, case)):
                yield f"{name}: no case {case}"
            elif not right(case, name, name in causes):
                yield f"{name}: the expected.json of {case} does not {what} it"


# ---- pitfalls -----------------------------------------------------------------------------------

def is_test(word):
    """A case of pcaps/, or FILE:FUNCTION below tests/."""
    file, _, function = word.partition(":")
    if not function:
        return golden.has_case(os.path.join(PCAPS, file))
    path = os.path.join(TESTS, file)
    return os.path.exists(path) and re.search(rf"\b{function}\b", read(path)) is not None


def pitfall_problems():
    rows = list(rows_of("pitfalls.tsv"))
    if [row[0] for row in rows] != [str(n) for n in range(1, N_PITFALLS + 1)]:
        yield f"pitfalls.tsv: expected the numbers 1 to {N_PITFALLS}"
    for number, _, tests in rows:
        for word in tests.split():
            if not is_test(word):
                yield f"pitfall {number}: no test {word}"


# ---- documents ----------------------------------------------------------------------------------

def table_names(text, head):
    """The names in the first columns of the table below a heading."""
    section = text.split(head, 1)[1].split("\n#", 1)[0]
    return set(re.findall(r"`([a-z0-9-]+)`", section))


def document_problems():
    for path, head in (("README.md", "## The causes that it judges"),
                       (os.path.join("docs", "contract.md"), "## 3. Causes")):
        missing = set(rules()) - table_names(read(result.PROJECT, path), head)
        if missing:
            yield f"{path}: '{head}' does not name {', '.join(sorted(missing))}"


def main():
    problems = [*catalogue_problems(), *pitfall_problems(), *document_problems()]
    for problem in problems:
        print(problem)
    print(f"{len(rules())} causes, {len(observations())} observations, {N_PITFALLS} pitfalls, "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
