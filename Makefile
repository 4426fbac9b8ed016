# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The short way to Meson and Ninja, which do the work. What is missing on the machine is installed first, see
# scripts/install-deps; NO_INSTALL=1 only says what is missing.

BUILD ?= build
ASAN := $(BUILD)/asan
FUZZ := $(BUILD)/fuzz
FUZZ_SECONDS ?= $(or $(SECONDS),60)
C_FILES = $(shell find include src tests bench -name '*.[ch]')

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	scripts/install-deps build
	meson setup $(BUILD) $(if $(prefix),--prefix "$(prefix)")

# The sanitized build is for tests alone: any error stops the program, and no compiler warning is let through.
$(ASAN)/build.ninja: $(BUILD)/build.ninja
	meson setup $(ASAN) -Db_sanitize=address,undefined -Dc_args=-fno-sanitize-recover=all \
		-Doptimization=1 -Dwerror=true -Dtests=enabled -Dman=disabled

# A build that was set up before cmocka was there, by make demo say, has no unit tests: it is set up anew. ALSO are programs
# that print TAP, see tests/run: for check-all those that need longer, or more than files.
check: ALSO = -- tests/faults/swap.py
check-all: ALSO = -- tests/vm/run tests/faults/inject.py tests/faults/swap.py tests/faults/reports.py \
	"tests/threads/run $(BUILD)/tsan" "tests/fuzz/run --tap $(FUZZ) 4" "tests/fuzz/command.py 20" \
	tests/dist/run tests/package/run
check-all: fuzz-targets kernel-tools
check check-all:
	scripts/install-deps build test
	$(MAKE) $(ASAN)/build.ninja
	meson setup --reconfigure $(BUILD) -Dtests=enabled
	ninja -C $(BUILD)
	ninja -C $(ASAN)
	tests/run $(BUILD) $(ASAN) $(ALSO)

# What real kernels in QEMU say. Where these or that cannot be had, the tests are skipped, and say so; NO_SKIP=1 makes
# that a failure.
check-kernel: all kernel-tools
	REBTF=$(BUILD)/rebtf tests/run --names -- tests/vm/run

kernel-tools:
	-scripts/install-deps build kernels

fuzz-targets:
	scripts/install-deps build fuzz
	[ -e $(FUZZ)/build.ninja ] || CC=clang meson setup $(FUZZ) -Dfuzz=true -Db_sanitize=address,undefined \
		-Db_lundef=false -Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all' -Dman=disabled
	ninja -C $(FUZZ) fuzz

# Changes one token at a time and asks whether the tests notice. Takes hours; COUNT=30 is a sample.
check-mutants:
	scripts/install-deps build test
	tests/mutants/run --count $(or $(COUNT),300)

# What crashes is kept as build/fuzz/TARGET-crash-*, what reached new code in build/fuzz/corpus.
fuzz: fuzz-targets
	tests/fuzz/run $(FUZZ) $(FUZZ_SECONDS)

demo: all
	scripts/install-deps demo
	demo/run $(BUILD)/rebtf

bench: all
	scripts/install-deps build peers
	bench/run

check-distro: all
	scripts/install-deps build peers
	$(MAKE) $(ASAN)/build.ninja
	ninja -C $(ASAN) rebtf
	tests/distro/run

# Debian's kernels for s390x: compared whole, on this machine and by programs for that one, and booted. Half an hour.
check-big-endian: all
	scripts/install-deps build test peers s390x
	BUILD=$(BUILD) tests/s390x/run

# The running kernel's verdicts and rebtf's, on PARITY_COUNT made-up blobs. As root, or with CAP_BPF.
PARITY_COUNT ?= 1000000
check-parity: all
	$(BUILD)/tests/parity --count $(PARITY_COUNT) --jobs 2

# DESTDIR and prefix as usual; the prefix is a matter of setup, so a new one sets up again.
install: all
	$(if $(prefix),meson configure $(BUILD) --prefix "$(prefix)")
	meson install -C $(BUILD)

# What the last install put there, and nothing else.
uninstall:
	ninja -C $(BUILD) uninstall

format:
	clang-format-14 -i $(C_FILES)

format-check:
	clang-format-14 --dry-run --Werror $(C_FILES)

clean:
	rm -rf $(BUILD)

help:
	@echo "make               build/rebtf, build/librebtf.a and build/librebtf.so"
	@echo "make check         all tests, plain and under the address and undefined behaviour sanitizers"
	@echo "make check-kernel  Debian kernels in QEMU load what rebtf writes (downloads 200 MB of them)"
	@echo "make check-all     these, and those that take longer or need packages: all that continuous integration runs"
	@echo "make demo          distill, check and relocate Debian's own modules, a minute's look at what it is for"
	@echo "make bench         whole kernels against libbpf and bpftool (downloads a Debian kernel)"
	@echo "make check-distro  every module of two Debian kernels against libbpf's own answers (downloads them)"
	@echo "make check-big-endian  the same for s390x, and such a kernel in QEMU has its say (half an hour; downloads them)"
	@echo "make check-parity  a million made-up blobs of BTF: does the running kernel say what rebtf verify says?"
	@echo "make install       below prefix=/usr/local; DESTDIR=... puts it elsewhere for packaging"
	@echo "make uninstall     removes what the last make install of this build put there"
	@echo "make fuzz          random BTF, and random files with BTF in them, SECONDS=60 for each target"
	@echo "make format        lays out the C files; make format-check only looks"
	@echo "make clean         removes build, with what was downloaded into it"

.PHONY: all check check-all fuzz fuzz-targets demo bench check-distro check-kernel check-mutants check-parity check-big-endian install uninstall format format-check clean help
