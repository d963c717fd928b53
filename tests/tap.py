#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Usage: tests/tap.py DEVICE LINEAR HEX...

Let frames come in by a tap device, as a driver hands them over by napi_gro_frags(): of each,
LINEAR octets are in the linear part of its skb, the rest in a page. 0 is all in the linear part.
"""
import fcntl
import os
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NAPI, IFF_NAPI_FRAGS, IFF_NO_PI = 0x0002, 0x0010, 0x0020, 0x1000


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    device, linear, frames = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    flags = IFF_TAP | IFF_NO_PI | (IFF_NAPI | IFF_NAPI_FRAGS if linear else 0)
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", device.encode(), flags))
    for frame in frames:
        octets = bytes.fromhex(frame)
        pieces = [octets[:linear], octets[linear:]] if linear else [octets]
        os.writev(tap, [piece for piece in pieces if piece])


main()
