#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""icon.py FILE: draws the program's icon: a path from dot to dot, broken before the last one."""
import struct
import sys

PAPER, PATH, LOST = (0x1b, 0x2a, 0x41, 255), (0xff, 0xff, 0xff, 255), (0xf2, 0x6b, 0x38, 255)
FINE = 4  # samples of a pixel each way


def inside(x, y):
    """The colour at a place of the unit square, or None outside of the rounded paper."""
    radius, left, right = 0.2, min(max(x, 0.2), 0.8), min(max(y, 0.2), 0.8)
    if (x - left) ** 2 + (y - right) ** 2 > radius ** 2:
        return None
    for centre, colour in ((0.2, PATH), (0.5, PATH), (0.8, LOST)):
        if (x - centre) ** 2 + (y - 0.5) ** 2 < 0.1 ** 2:
            return colour
    if abs(y - 0.5) < 0.035 and (0.2 < x < 0.5 or 0.5 < x < 0.62):
        return PATH
    return PAPER


def pixel(column, row, size):
    found = [inside((column + (i + 0.5) / FINE) / size, (row + (j + 0.5) / FINE) / size)
             for i in range(FINE) for j in range(FINE)]
    there = [colour for colour in found if colour]
    if not there:
        return bytes(4)
    red, green, blue = (sum(c[i] for c in there) // len(there) for i in range(3))
    return bytes((blue, green, red, 255 * len(there) // len(found)))


def image(size):
    """A bitmap as icons hold it: a header of twice the height, rows from the bottom, a mask."""
    head = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    rows = b"".join(pixel(column, row, size) for row in reversed(range(size))
                    for column in range(size))
    return head + rows + bytes((size + 31) // 32 * 4 * size)


def main(path):
    sizes = (16, 32)
    images = [image(size) for size in sizes]
    at = 6 + 16 * len(images)
    icon = struct.pack("<HHH", 0, 1, len(images))
    for size, data in zip(sizes, images):
        icon += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(data), at)
        at += len(data)
    with open(path, "wb") as out:
        out.write(icon + b"".join(images))


main(sys.argv[1])
