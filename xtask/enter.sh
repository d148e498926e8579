#!/bin/sh
# Runs a program inside a folder that holds a system of its own:
#   unshare --mount sh enter.sh SYSTEM FOLDER-BESIDE... -- WITHIN PROGRAM ARGUMENT...
# Each folder beside is found inside under its own name. What is mounted is seen by nobody else and goes with
# the program.
set -e
system=$1
shift
mount -t proc proc "$system/proc"
mount --rbind /dev "$system/dev"
while [ "$1" != -- ]; do
  mkdir -p "$system$1"
  mount --bind "$1" "$system$1"
  shift
done
shift
exec chroot "$system" sh -c 'cd "$1" && shift && exec "$@"' sh "$@"
