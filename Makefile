# SPDX-License-Identifier: GPL-2.0-only
#
# The targets for users; "make help" lists them. kbuild reads Kbuild, not this file.

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
		echo "Install the headers of the running kernel: apt install linux-headers-$(KVER)" >&2; \
		echo "If apt does not have them, upgrade the kernel (apt full-upgrade) and reboot. Or name a build directory: make module KDIR=..." >&2; \
		exit 1; }
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

programs:
	$(MAKE) -C programs

# DKMS builds for this machine only.
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

# DKMS does not remove a module that a package has installed; then the plugin is not removed either.
uninstall:
	tools/dkms uninstall
	$(MAKE) -C programs uninstall
	[ ! -e $(UNIT) ] || ! command -v systemctl >/dev/null || systemctl disable --now netflow-rules || true
	rm -f $(addprefix $(mandir)/,$(notdir $(MAN))) $(sbindir)/netflow-rules $(UNIT)
	$(MAKE) uninstall-plugin

# SUITE and TEST select a part of a target; CHECK_XML=FILE writes results for other programs.
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

# An hour in all; one target per processor runs at a time.
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
	@echo 'make module        the module; KDIR=... for another kernel; other variables of kbuild work, such as ARCH=um'
	@echo 'make plugin        the iptables and ip6tables plugin'
	@echo 'make programs      netflow-top, -exporter, -agentx; a program without its library is left out'
	@echo 'make install       all of these; DKMS builds the module, also for new kernels'
	@echo 'make uninstall     remove what make install has installed'
	@echo 'make install-plugin only the plugin, into the directory of iptables'
	@echo 'make deb           the Debian packages'
	@echo 'make demo          a router in a virtual machine, and what its collector receives (3 minutes)'
	@echo 'make check         the tests for each change; SUITE=uml-debug and TEST=stress select a part; also make check-SUITE'
	@echo '                   suites: unit fuzz uml-fast uml-travel uml-debug uml-leak qemu kernels (tests/run --help)'
	@echo '                   CHECK_XML=FILE: also write JUnit XML; NETFLOW_SEED=N: other random inputs'
	@echo 'make check-quick   the tests that find most faults, in less than five minutes: before each commit'
	@echo 'make check-full    all tests: also all kernels and compilers, data races, lack of memory'
	@echo 'make check-kernels all kernels, also for real time; gcc and clang, 32 bits, big endian'
	@echo 'make check-kcsan   data races, on an emulated kernel; STRESS_SECONDS=300 for five minutes'
	@echo 'make check-seeds   tests in user space with 50 new seeds of their random numbers; SEEDS=10, SUITE=unit, TEST=hash'
	@echo 'make fuzz          an hour of fuzzing: parsers and encoders'
	@echo 'make bench         the time of a packet; bench-quick: a short run'
	@echo 'make bench-exact   the instructions of a packet, independent of other work (3 minutes)'
	@echo 'make style         checkpatch, shellcheck, man pages, dependencies between the parts of src/'
	@echo 'make static        sparse and warnings, with gcc and clang'
	@echo 'make bugreport     the information for a report of a fault: netflow-bugreport.txt; addresses are masked'
	@echo 'make clean         remove files built in this directory'
