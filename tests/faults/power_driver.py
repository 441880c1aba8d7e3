#!/usr/bin/env python3
"""Cuts the power under the daemon at random moments, and holds what the disk then has against FAULTS.md.

Every daemon has its database on an ext4 file system of its own, in an image. FS_IOC_GOINGDOWN stops
that file system on the spot, as a power cut does: what was not synced is lost, whatever the page
cache held. Then the daemon is killed and the image mounted anew, which replays its journal, and the
invariants are checked as by kill_driver.py. What is torn within a write is for
tests/unit/storage, which tears writes under SQLite.

    power_driver.py --binary build/release/revisitd [--count 60] [--lanes 4] [--seed N]

Needs root and loop devices; it mounts in a mount namespace of its own, so that nothing is left
behind however it ends. Exits 77 where the machine has no such thing.
"""

import argparse
import fcntl
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

import evidence
import kill_driver

GOING_DOWN = (2 << 30) | (4 << 16) | (ord("X") << 8) | 125  # _IOR('X', 125, __u32)
WITHOUT_LOG = 2  # not even the file system's journal is flushed
SIZE = 64 << 20  # bytes; the image is sparse
CANNOT = 77
INSIDE = "REVISITD_POWER_DRIVER_INSIDE"  # set in the mount namespace


class Disk:
    """A file system in a file."""

    def __init__(self, image, place):
        self.image, self.place = image, place
        with open(image, "wb") as file:
            file.truncate(SIZE)
        run("mkfs.ext4", "-q", image)
        place.mkdir()
        self.plug_in()

    def plug_in(self):
        run("mount", "-o", "loop", self.image, self.place)

    def pull_out(self):
        run("umount", self.place)

    def cut_power(self):
        folder = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, GOING_DOWN, struct.pack("I", WITHOUT_LOG))
        finally:
            os.close(folder)


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


class PowerLane(kill_driver.Lane):
    cuts = 0

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.site.data = "disk/data"
        self.disk = Disk(self.site.folder / "image", self.site.folder / "disk")

    def end_abruptly(self):
        self.disk.cut_power()
        self.site.kill()
        self.disk.pull_out()
        self.disk.plug_in()
        self.cuts += 1

    def put_away(self):
        super().put_away()
        self.disk.pull_out()


def can_mount():
    """Why this machine has no disks in images, None if it has."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            disk = Disk(pathlib.Path(folder, "image"), pathlib.Path(folder, "disk"))
            disk.cut_power()
            disk.pull_out()
        except OSError as error:
            return error
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=60, help="lives in all; one in twelve ends in order")
    parser.add_argument("--lanes", type=int, default=4, help="daemons side by side")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the folders of a failed run")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-B", *sys.argv])
    if why := can_mount():
        print(f"no disks in images here: {why}")
        return CANNOT
    lanes = kill_driver.run_lanes(options, PowerLane, kill_driver.Budget(options.count))
    if lanes is None:
        return 1
    cuts = sum(lane.cuts for lane in lanes)
    print(f"{cuts} power cuts")
    evidence.require(cuts >= options.count / 2, "the power was cut", cuts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
