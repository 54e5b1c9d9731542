#!/bin/sh
# SPDX-License-Identifier: MIT
# The quick ones of the Debian programs, as a part of `make test`.
exec "$(dirname "$0")/run" --short
