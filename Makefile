# SPDX-License-Identifier: GPL-2.0-only
#
# What a user calls; "make help" tells. kbuild reads Kbuild, not this file.

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
PREFIX ?= /usr/local
mandir = $(PREFIX)/share/man/man8
sbindir = $(PREFIX)/sbin
UNIT := /etc/systemd/system/netflow-rules.service
MAN := man/ipt_NETFLOW.8 man/iptables-netflow.8 man/netflow-rules.8

.PHONY: all module plugin programs install uninstall check check-quick check-full check-kcsan check-seeds fuzz demo bench bench-quick bench-exact style static bugreport deb clean help

all: module plugin programs

include Makefile.plugin

module:
	@[ -e "$(KDIR)/Makefile" ] || { \
		echo "make: there is no kernel to build for in $(KDIR)." >&2; \
		echo "Install the headers of the running kernel (apt install linux-headers-$(KVER)), or say where they are: make module KDIR=..." >&2; \
		exit 1; }
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

programs:
	$(MAKE) -C programs

# DKMS knows no other tree than this machine's.
install: plugin
	@[ -z "$(DESTDIR)" ] || { \
		echo "make install is for this machine. Into DESTDIR: make install-plugin, make -C programs install, and tools/module-tree for the module's source." >&2; \
		exit 1; }
	tools/dkms install "$(KVER)"
	$(MAKE) install-plugin
	$(MAKE) -C programs install
	install -D -m 644 -t $(mandir) $(MAN)
	install -D -t $(sbindir) boot/netflow-rules
	[ -e /etc/default/netflow-rules ] || install -D -m 644 boot/netflow-rules.default /etc/default/netflow-rules
	mkdir -p $(dir $(UNIT))
	sed 's,/usr/sbin/,$(sbindir)/,' debian/iptables-netflow-dkms.netflow-rules.service >$(UNIT)

# DKMS refuses to take back what a package has installed, whose plugin then stays too.
uninstall:
	tools/dkms uninstall
	$(MAKE) -C programs uninstall
	[ ! -e $(UNIT) ] || ! command -v systemctl >/dev/null || systemctl disable --now netflow-rules || true
	rm -f $(addprefix $(mandir)/,$(notdir $(MAN))) $(sbindir)/netflow-rules $(UNIT)
	$(MAKE) uninstall-plugin

# SUITE and TEST narrow a target, CHECK_XML=FILE is for machines that read results.
CHECK = tests/run $(if $(SUITE),--suite "$(SUITE)") $(if $(TEST),--test "$(TEST)")

check:
	$(CHECK) check

check-quick:
	$(CHECK) quick

check-full:
	$(CHECK) full

check-kcsan:
	tests/run --suite qemu-kcsan $(if $(TEST),--test "$(TEST)")

check-seeds:
	tests/seeds $(if $(SEEDS),--seeds "$(SEEDS)") $(if $(SUITE),--suite "$(SUITE)") $(if $(TEST),--test "$(TEST)")

check-%:
	tests/run --suite "$*" $(if $(TEST),--test "$(TEST)")

# An hour in all: as many targets run at a time as there are processors.
fuzz:
	FUZZ_SECONDS="$(or $(FUZZ_SECONDS),$(shell echo $$((3600 * $$(nproc) / $(words $(wildcard tests/fuzz/*.c))))))" \
		tests/run --suite fuzz

demo:
	tools/demo

bench:
	bench/run

bench-quick:
	bench/run --quick

bench-exact:
	bench/exact

style:
	tools/style

static:
	tools/static

bugreport:
	tools/bugreport netflow-bugreport.txt

deb:
	tools/deb

clean: clean-plugin
	$(MAKE) -C programs clean
	find . -path ./.git -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name modules.order \
		-o -name Module.symvers \) -exec rm -f {} +

help:
	@echo 'make               the module for the running kernel, the iptables plugin, the programs'
	@echo 'make module        the module; KDIR=... another kernel, ARCH=um and the like as kbuild takes them'
	@echo 'make plugin        the iptables and ip6tables plugin'
	@echo 'make programs      netflow-top, -exporter, -agentx; what lacks its library here is left out'
	@echo 'make install       all, the module by DKMS, so that a new kernel gets it too; undo: make uninstall'
	@echo 'make install-plugin the plugin alone, where iptables looks for it'
	@echo 'make deb           the Debian packages'
	@echo 'make demo          a router in a virtual machine, and what its collector sees (3 minutes)'
	@echo 'make check         what each change must pass; SUITE=uml-debug and TEST=stress narrow it; also make check-SUITE'
	@echo '                   suites: unit fuzz uml-fast uml-travel uml-debug uml-leak qemu kernels (tests/run --help)'
	@echo '                   CHECK_XML=FILE: results as JUnit XML too; NETFLOW_SEED=N: other random inputs'
	@echo 'make check-quick   what catches most faults, in less than five minutes: before each commit'
	@echo 'make check-full    everything: also all kernels and compilers, data races, memory that runs out'
	@echo 'make check-kernels all kernels, also for real time; gcc and clang, 32 bits, big endian'
	@echo 'make check-kcsan   data races, on an emulated kernel; STRESS_SECONDS=300 for five minutes'
	@echo 'make check-seeds   tests in user space with 50 new seeds of their random numbers; SEEDS=10, SUITE=unit, TEST=hash'
	@echo 'make fuzz          an hour of fuzzing: what parses what others write, and the encoders'
	@echo 'make bench         what a packet costs; bench-quick: a short look'
	@echo 'make bench-exact   what it costs in instructions, which other work does not change (3 minutes)'
	@echo 'make style         checkpatch, shellcheck, man pages, which part of src/ needs which'
	@echo 'make static        sparse and warnings, with gcc and clang'
	@echo 'make bugreport     what a report of a fault needs, into netflow-bugreport.txt; addresses are masked'
	@echo 'make clean         remove what was built in this directory'
