# SPDX-License-Identifier: MIT
# The differential fuzzer of the memory calls: tests/user/mmfuzz and tools/fuzz.
mmfuzz := build/tests/fuzz/mmfuzz
mmfuzz-src := $(wildcard tests/user/mmfuzz/*.c)
FUZZ_SEEDS ?= 1-200
FUZZ_STEPS ?= 2000

$(mmfuzz): $(mmfuzz-src) $(wildcard tests/user/mmfuzz/*.h)
	$(msg) USERCC $@
	@mkdir -p $(@D)
	$(Q)$(USERCC) -static -O2 -g -Wall -Wextra -Werror -o $@ $(mmfuzz-src)

user-tests: $(mmfuzz)

.PHONY: fuzz
fuzz: $(mmfuzz) ## Compare random memory calls with Linux: FUZZ_SEEDS=1-200 FUZZ_STEPS=2000
	@$(MAKE) DEBUG=1 all
	@tools/fuzz $(FUZZ_SEEDS) $(FUZZ_STEPS)
