#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The part of docs/rdpath.1 that comes from cli/commands.def and cli/options.def.

    python3 tests/manual/options.py           prints it
    python3 tests/manual/options.py --write   puts it into the manual
"""
import ast
import re
import sys
import textwrap
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MANUAL = TOP / "docs" / "rdpath.1"
BEGIN, END = '.\\" options.py begins', '.\\" options.py ends'
COLUMNS = 76


def rows_of(registry):
    """The words of each ROW(word, "text", ...) behind its name, strings joined as C does."""
    text = re.sub(r"/\*.*?\*/", "", (TOP / "cli" / registry).read_text(), flags=re.DOTALL)
    for row in re.findall(r"^[A-Z]+\((.*?)\)$", text, re.MULTILINE | re.DOTALL):
        words = re.findall(r'((?:"(?:[^"\\]|\\.)*"\s*)+|[^",\s]+)', row)
        yield [ast.literal_eval(f"({word})") if word[0] in "\"'" else word for word in words]


def commands():
    return [{"name": name, "arguments": arguments, "does": does}
            for name, arguments, does in rows_of("commands.def")]


def options():
    names = {command["name"][0]: command["name"] for command in commands()}
    for symbol, letter, name, argument, letters, words in rows_of("options.def"):
        yield {"letter": None if letter == "0" else letter, "name": name,
               "argument": None if argument == "NULL" else argument,
               "commands": [names[one] for one in letters if one in names], "help": words}


def text_lines(words):
    """Text of the manual: no line may be a request, and a backslash is one."""
    for line in textwrap.wrap(words.replace("\\", "\\e"), COLUMNS):
        yield "\\&" + line if line[0] in ".'" else line


def option_lines(option):
    argument = f" Ar {option['argument']}" if option["argument"] else ""
    short = f"Fl {option['letter']}{argument} , " if option["letter"] else ""
    yield f".It {short}Fl -{option['name']}{argument}"
    sentence = option["help"][0].upper() + option["help"][1:] + "."
    yield from text_lines(sentence)
    if len(option["commands"]) < len(commands()):
        yield from text_lines("Taken by " + ", ".join(option["commands"]) + ".")


def section():
    yield BEGIN
    yield ".Sh COMMANDS"
    yield ".Bl -tag -width Ds"
    for command in commands():
        optional = command["arguments"].replace("[options]", ".Op Ar options")
        words = re.findall(r"\.Op Ar options|\[[^\]]*\]|[^\s\[]+(?:\[[^\]]*\])?", optional)
        arguments = " ".join("Oo Ar options Oc" if word.startswith(".Op") else
                             f"Op Ar {word[1:-1]}" if word.startswith("[") else
                             f"Ar {word.replace('...', ' ...')}" for word in words)
        yield f".It Cm {command['name']} {arguments}"
        yield from text_lines(command["does"][0].upper() + command["does"][1:] + ".")
    yield ".El"
    yield ".Sh OPTIONS"
    yield ".Bl -tag -width Ds"
    for option in options():
        yield from option_lines(option)
    yield ".El"
    yield END


def main():
    lines = "\n".join(section())
    if sys.argv[1:] != ["--write"]:
        print(lines)
        return
    text = MANUAL.read_text()
    before, rest = text.split(BEGIN, 1)
    MANUAL.write_text(before + lines + rest.split(END, 1)[1])


if __name__ == "__main__":
    main()
