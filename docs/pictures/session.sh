#!/bin/sh
# SPDX-License-Identifier: MIT
# What is typed in terminal.svg, run by docs/pictures/terminal in a terminal of its own: the shell shows each command
# (set -x), then its output comes. In a mount namespace, with the built programs in PATH, in conf/.
PS4='# '
set -x
mount -t tmpfs tmpfs /mnt
findmnt -no FSTYPE /mnt
umount /mnt
denyinit -c default.ini -- mount -t tmpfs tmpfs /mnt
denyinit -c guide.ini -- mount -t tmpfs tmpfs /mnt
