# SPDX-License-Identifier: MIT
# IKOS build, in the manner of kbuild. `make help` lists the targets.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

# --- options -----------------------------------------------------------------
V     ?= 0
DEBUG ?= 0
ifeq ($(DEBUG),1)
O     ?= build/debug
else
O     ?= build/release
endif

ifneq ($(LLVM),)
CC      := clang
LD      := ld.lld
OBJCOPY := llvm-objcopy
NM      := llvm-nm
HOSTCC  ?= clang
else
CC      := $(CROSS_COMPILE)gcc
LD      := $(CROSS_COMPILE)ld
OBJCOPY := $(CROSS_COMPILE)objcopy
NM      := $(CROSS_COMPILE)nm
HOSTCC  ?= gcc
endif
USERCC  ?= musl-gcc
# Programs for user land do not depend on how the kernel is built.
UO      := build/user
PYTHON  ?= python3
ifneq ($(CPUS),)
export IKOS_CPUS := $(CPUS)
endif

ifeq ($(V),1)
Q :=
msg = @:
else
Q := @
# make -s is silent, too.
msg = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,printf) '  %-7s %s\n'
endif

# --- flags -------------------------------------------------------------------
CPPFLAGS := -Iinclude -Iarch/x86_64/include -nostdinc \
	-isystem $(shell $(CC) -print-file-name=include 2>/dev/null) -D__IKOS__
CFLAGS   := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie -fno-common \
	-fno-strict-aliasing -fno-delete-null-pointer-checks -fwrapv \
	-fno-stack-protector -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
	-fno-optimize-sibling-calls \
	-mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fcf-protection=none \
	-Wall -Wextra -Werror -Wno-unused-parameter -Wmissing-prototypes \
	-Wstrict-prototypes -Wvla -Wno-sign-compare -Wundef
ifneq ($(LLVM),)
CPPFLAGS := $(filter-out -isystem,$(CPPFLAGS))
CPPFLAGS := -Iinclude -Iarch/x86_64/include -nostdinc \
	-isystem $(shell $(CC) -print-resource-dir 2>/dev/null)/include -D__IKOS__
CFLAGS   += --target=x86_64-unknown-none-elf
endif
ifeq ($(DEBUG),1)
CPPFLAGS += -DCONFIG_DEBUG_VM -DCONFIG_LOCKDEP
endif
CPPFLAGS += $(KCPPFLAGS)
AFLAGS   := -D__ASSEMBLY__ -g -fno-pic -fno-pie $(filter -m% --target=%,$(CFLAGS))
LDFLAGS  := -nostdlib -static -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments
ifneq ($(LLVM),)
LDFLAGS  := $(filter-out --no-warn-rwx-segments,$(LDFLAGS))
endif

# --- what the kernel is made of: obj-y in each folder's Makefile -----------------
kernel-dirs := arch/x86_64 kernel kernel/lib kernel/fs kernel/ipc kernel/net kernel/drivers mm tests/kernel
kernel-objs :=
define include-dir
obj-y :=
include $(1)/Makefile
kernel-objs += $$(addprefix $(O)/$(1)/,$$(obj-y))
endef
$(foreach d,$(kernel-dirs),$(eval $(call include-dir,$(d))))

.PHONY: all
all: $(O)/ikos.elf ## The kernel

# --- linking, and the bootable image --------------------------------------------
# Twice: tools/kallsyms makes the backtraces' table of function names from the
# first link, and the second one puts it behind the code, which does not move.
link = $(LD) $(LDFLAGS) \
	$(if $(ALLOW_UNRESOLVED),--unresolved-symbols=ignore-all) -T linker.ld

$(O)/kallsyms.S: $(kernel-objs) linker.ld tools/kallsyms
	$(msg) KSYMS $@
	$(Q)$(link) -o $(O)/ikos.tmp.elf $(kernel-objs)
	$(Q)$(NM) $(O)/ikos.tmp.elf | $(PYTHON) tools/kallsyms > $@
	$(Q)rm -f $(O)/ikos.tmp.elf

$(O)/kallsyms.o: $(O)/kallsyms.S
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -g,$(AFLAGS)) -c -o $@ $<

$(O)/ikos.elf: $(kernel-objs) $(O)/kallsyms.o linker.ld
	$(msg) LD $@
	$(Q)$(link) -o $@ $(kernel-objs) $(O)/kallsyms.o

.PHONY: iso
iso: $(O)/ikos.iso ## A bootable image; INITRAMFS=FILE CMDLINE="WORDS" go into it
$(O)/ikos.iso: $(O)/ikos.elf $(INITRAMFS) iso/grub.cfg.in tools/mkiso FORCE
	$(msg) ISO $@
	$(Q)OBJCOPY='$(OBJCOPY)' tools/mkiso -k $(O)/ikos.elf \
		$(if $(INITRAMFS),-i '$(INITRAMFS)') -c '$(CMDLINE)' -o $@

# A change of flags or compiler rebuilds everything.
$(O)/.flags: FORCE
	@mkdir -p $(O)
	@printf '%s\n' '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || \
		printf '%s\n' '$(CC) $(CPPFLAGS) $(CFLAGS)' > $@

$(O)/%.o: %.c $(O)/.flags
	$(msg) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.o: %.S $(O)/.flags
	$(msg) AS $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(AFLAGS) -MMD -MP -c -o $@ $<

# --- user land ----------------------------------------------------------------------
include user/Makefile
include tools/fuzz.mk
# Programs that the tests of tests/system/ put into the guest.
system-programs := $(patsubst tests/system/programs/%.c,build/tests/system/%, \
	$(wildcard tests/system/programs/*.c))
build/tests/system/%: tests/system/programs/%.c $(wildcard tests/system/programs/*.h)
	$(msg) USERCC $@
	@mkdir -p $(@D)
	$(Q)$(USERCC) -static -O2 -Wall -Wextra -Werror -o $@ $<

# Programs that run on Linux and on IKOS and must print the same.
user-tests := $(patsubst tests/user/%.c,build/tests/user/%, \
	$(wildcard tests/user/*.c))
build/tests/user/%: tests/user/%.c tests/user/t.h
	$(msg) USERCC $@
	@mkdir -p $(@D)
	$(Q)$(USERCC) -static -O1 -g -Wall -Wextra -Werror -o $@ $<

.PHONY: user user-tests system-programs
user-tests: $(user-tests)
system-programs: $(system-programs)
user: $(user-programs) ## The programs that IKOS ships

# --- what people type -----------------------------------------------------------
.PHONY: help deps run test test-debian check clean FORCE
help: ## This list
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | \
		sort | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'
	@echo 'Variables: V=1 shows commands, DEBUG=1 builds with all checks, O=DIR builds'
	@echo '  there, LLVM=1 uses clang and lld, CROSS_COMPILE=PREFIX- another gcc,'
	@echo '  CPUS=N runs tests (or the shell) on N CPUs.'

deps: ## Install the Debian packages that are missing
	@tools/install-deps

run: deps ## Build, boot through GRUB, give a shell (exit powers off)
	@$(MAKE) all user
	@tools/ikos run

test: deps ## Build and run every test
	@$(MAKE) all user system-programs
	@$(MAKE) DEBUG=1 all
	@$(MAKE) -C tests/host
	@$(MAKE) user-tests
	@tests/run

test-debian: deps ## Run unmodified Debian programs here and on IKOS
	@$(MAKE) all user
	@PERL5LIB=tools/prove prove --harness IkosHarness --timer -e '' tests/debian/run

check: ## Format, include rules, names in the READMEs
	@tools/check/all

include tools/bench/bench.mk

clean: ## Remove build/
	$(Q)rm -rf build

FORCE:
-include $(kernel-objs:.o=.d)
