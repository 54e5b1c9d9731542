# SPDX-License-Identifier: MIT
# What operations cost, counted in instructions. ROWS="NAME..." chooses rows.

.PHONY: bench bench-linux bench-compare
bench: all user ## Instructions per operation on IKOS, with their budgets
	@tools/bench/measure ikos $(ROWS)

bench-linux: user ## The same on Debian's Linux, fetched when it is not there
	@tools/bench/fetch-linux
	@tools/bench/measure linux $(ROWS)

bench-compare: user ## Both beside each other, into docs/performance.md
	@[ -f build/bench/ikos.txt ] || $(MAKE) bench
	@tools/bench/compare
