# SPDX-License-Identifier: Apache-2.0
"""What the style checks share: the files of the house and a tolerant reading of C."""
import re
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "do", "else"}


def files(*endings):
    """Every file of the project with one of these endings, in a stable order."""
    for path in sorted(TOP.rglob("*")):
        parts = path.relative_to(TOP).parts
        if parts[0] in ("build", ".git") or "__pycache__" in parts or not path.is_file():
            continue
        if path.name.endswith(endings) or path.name in endings:
            yield path


def name_of(path):
    return path.relative_to(TOP).as_posix()


def blank_out(text):
    """The text without comments, strings and characters; every line keeps its number."""
    quiet = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(quiet, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.DOTALL)


@dataclass
class Function:
    file: str
    name: str
    line: int
    n_lines: int  # from its first line to its closing brace
    n_params: int
    nesting: int


HEAD = re.compile(r"^(?!typedef )[A-Za-z_][\w \t*]*?\b(\w+)\s*\(", re.MULTILINE)


def closing(text, start, pair):
    """The position behind the bracket that closes the one at start; None where there is none."""
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == pair[0]) - (text[i] == pair[1])
        if depth == 0:
            return i + 1
    return None


def count_params(inside):
    """The "..." belongs to the format before it and does not count."""
    inside = re.sub(r",\s*\.\.\.\s*$", "", inside)
    if inside.strip() in ("", "void"):
        return 0
    depth = commas = 0
    for c in inside:
        depth += (c in "([{") - (c in ")]}")
        commas += c == "," and depth == 0
    return commas + 1


def deepest(body):
    """Levels of if, for, while, do and switch, told by their indentation."""
    control = re.compile(r"^( *)(?:\} )?(?:else )?(?:if|for|while|do|switch|else)\b", re.MULTILINE)
    return max((len(m.group(1)) // 4 for m in control.finditer(body)), default=0)


def functions(path):
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()),
                  blank_out(path.read_text()), flags=re.MULTILINE)
    at = 0
    while head := HEAD.search(text, at):
        at = head.end()
        params_end = closing(text, head.end() - 1, "()")
        if params_end is None or head.group(1) in KEYWORDS:
            continue
        body = re.match(r"\s*\{", text[params_end:])
        if not body:
            continue
        start = params_end + body.end() - 1
        end = closing(text, start, "{}")
        if end is None:
            continue
        first = text.count("\n", 0, head.start()) + 1
        yield Function(name_of(path), head.group(1), first,
                       text.count("\n", head.start(), end) + 1,
                       count_params(text[head.end():params_end - 1]),
                       deepest(text[start:end]))
        at = end


def finish(breaches):
    """Prints what is wrong and ends the check."""
    for breach in breaches:
        print(f"BREACH {breach}")
    print(f"{len(breaches)} breaches")
    sys.exit(1 if breaches else 0)
