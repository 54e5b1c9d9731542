#!/bin/sh
# SPDX-License-Identifier: MIT
# Random memory calls print the same on this machine's Linux and on the debug
# kernel; a difference is shrunk and printed. `make fuzz` is the long form.
exec "$(dirname "$0")/../../tools/fuzz" "${IKOS_FUZZ_SEEDS:-1-10}" 300
