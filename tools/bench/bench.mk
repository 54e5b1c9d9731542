# SPDX-License-Identifier: MIT
# What operations cost, counted in instructions. ROWS="NAME..." chooses rows,
# where NAME* is every row that begins so.

.PHONY: bench bench-linux bench-compare
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
