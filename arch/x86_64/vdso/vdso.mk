# SPDX-License-Identifier: MIT
# The vdso: a shared object of its own, put into the kernel as data. It runs in
# the program, so the kernel's code model and register rules are not its own.

.DEFAULT_GOAL := all

vdso-dir    := $(O)/arch/x86_64/vdso
vdso-objs   := $(addprefix $(vdso-dir)/,clock.vo note.vo)
VDSO_CFLAGS := -std=gnu11 -O2 -g0 -ffreestanding -fPIC -fvisibility=hidden \
	-fno-stack-protector -fno-strict-aliasing -fwrapv -fomit-frame-pointer \
	-fasynchronous-unwind-tables -mgeneral-regs-only \
	-fcf-protection=none -Wall -Wextra -Werror -Wno-unused-parameter \
	$(filter --target=%,$(CFLAGS))
VDSO_LDFLAGS := -shared -nostdlib -soname linux-vdso.so.1 --hash-style=both \
	--eh-frame-hdr --build-id=none -Bsymbolic -z max-page-size=4096 \
	-z noexecstack

obj-y += vdso/image.o vdso_map.o

$(vdso-dir)/%.vo: arch/x86_64/vdso/%.c arch/x86_64/vdso/vdso.mk $(O)/.flags
	$(msg) VDSOCC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(VDSO_CFLAGS) -MMD -MP -MF $@.d -c -o $@ $<

$(vdso-dir)/%.vo: arch/x86_64/vdso/%.S arch/x86_64/vdso/vdso.mk $(O)/.flags
	$(msg) VDSOAS $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -D__ASSEMBLY__ $(filter --target=%,$(CFLAGS)) -c \
		-o $@ $<

$(vdso-dir)/vdso.so: $(vdso-objs) arch/x86_64/vdso/vdso.lds
	$(msg) VDSOLD $@
	$(Q)$(LD) $(VDSO_LDFLAGS) -T arch/x86_64/vdso/vdso.lds -o $@.tmp \
		$(vdso-objs)
	$(Q)$(OBJCOPY) -S $@.tmp $@

$(vdso-dir)/image.o: $(vdso-dir)/vdso.so
$(vdso-dir)/image.o: private CPPFLAGS += -DVDSO_IMAGE='"$(vdso-dir)/vdso.so"'

-include $(vdso-dir)/clock.vo.d
