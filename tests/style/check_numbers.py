#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The numbers of the house: lengths of files and functions, parameters, nesting.

Medians and the 95 % mark are printed; beyond a cap is a breach. A breach with a good reason gets a
line in EXCUSED, with the reason.
"""
from statistics import median

from house import files, finish, functions, name_of

FILE_CAP, FUNCTION_CAP, PARAMS_CAP, NESTING_CAP = 500, 80, 4, 3

# "file" or "file:function": the reason why it may be beyond a cap
EXCUSED = {}



def mark(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main():
    sources = list(files(".c", ".h"))
    c_files = [path for path in sources if path.suffix == ".c"]
    breaches = []
    lengths = {path: len(path.read_text().splitlines()) for path in c_files}
    headers = {path: len(path.read_text().splitlines()) for path in sources if path not in lengths}
    for path, n in (lengths | headers).items():
        if n > FILE_CAP and name_of(path) not in EXCUSED:
            breaches.append(f"{name_of(path)}: {n} lines, the cap is {FILE_CAP}")
    all_functions = [f for path in sources for f in functions(path)]
    for f in all_functions:
        where = f"{f.file}:{f.line}: {f.name}"
        if f"{f.file}:{f.name}" in EXCUSED:
            continue
        for what, value, cap in (("lines", f.n_lines, FUNCTION_CAP),
                                 ("parameters", f.n_params, PARAMS_CAP),
                                 ("levels of nesting", f.nesting, NESTING_CAP)):
            if value > cap:
                breaches.append(f"{where}: {value} {what}, the cap is {cap}")
    f_lines = [f.n_lines for f in all_functions] or [0]
    print(f"{len(c_files)} .c files: median {median(lengths.values() or [0]):.0f} lines "
          f"(at most 200), longest {max(lengths.values(), default=0)} (cap {FILE_CAP})")
    print(f"{len(all_functions)} functions: median {median(f_lines):.0f} lines (at most 15), "
          f"95 % within {mark(f_lines, 0.95)} (at most 40), longest {max(f_lines)} "
          f"(cap {FUNCTION_CAP})")
    print(f"most parameters {max((f.n_params for f in all_functions), default=0)} "
          f"(cap {PARAMS_CAP}), deepest nesting "
          f"{max((f.nesting for f in all_functions), default=0)} (cap {NESTING_CAP})")
    finish(breaches)


main()
