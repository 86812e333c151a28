#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# wine.sh PREFIX PROGRAM...: runs a program of Windows in a prefix of its own, without a display.
# wine's services outlive the program that started them and keep what it wrote into: that is a file
# here, since whoever reads a pipe would wait for them. They end by themselves after seconds.
export WINEPREFIX=$1 WINEDEBUG=-all DISPLAY= WINEDLLOVERRIDES="mscoree,mshtml="
out=$(mktemp) err=$(mktemp)
trap 'rm -f "$out" "$err"' EXIT
wine "${@:2}" >"$out" 2>"$err"
status=$?
cat "$out"
cat "$err" >&2
exit $status
