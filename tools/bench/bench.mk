# SPDX-License-Identifier: MIT
# What operations cost, counted in instructions. ROWS="NAME..." chooses rows,
# where NAME* is every row that begins so.

.PHONY: bench bench-linux bench-compare bench-scale
bench: deps ## Instructions per operation on IKOS, with their budgets
	@$(MAKE) all user
	@set -f; tools/bench/measure --kernel $(O)/ikos.elf ikos $(ROWS)

bench-linux: deps ## The same on Debian's Linux, fetched when it is not there
	@$(MAKE) user
	@tools/bench/fetch-linux
	@set -f; tools/bench/measure linux $(ROWS)

bench-compare: user ## Both beside each other, into docs/performance.md
	@[ -f build/bench/ikos.txt ] || $(MAKE) bench
	@tools/bench/compare

bench-scale: deps ## Do page faults of two threads run side by side? Timed, 2 CPUs
	@$(MAKE) all user
	@tools/ikos run --direct -s 2 --add $(UO)/scale:/scale -- /scale
