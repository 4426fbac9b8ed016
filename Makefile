# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Short commands for Meson and Ninja. They first install the packages that the machine lacks (scripts/install-deps).
# With NO_INSTALL=1 they only name them.

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

# The sanitized build is for tests only: any error stops the program, and compiler warnings are errors. -g1 is enough for
# lines in reports, and saves a quarter of the compilation.
$(ASAN)/build.ninja: $(BUILD)/build.ninja
	meson setup $(ASAN) -Db_sanitize=address,undefined -Dc_args='-fno-sanitize-recover=all -g1' \
		-Doptimization=1 -Dwerror=true -Dtests=enabled -Dman=disabled

# check and check-ci are quick: they run each test once, unit tests and the command's tests of hostile input sanitized.
# check-all runs all tests with both builds, and boots more kernels. A build directory that was set up without cmocka, for
# example by make demo, has no unit tests, so it is reconfigured.
#
# ALSO lists further TAP programs for tests/run. SLOW are those that take longer or need more than files. Continuous
# integration must end within 25 minutes, so it leaves SLOWER out.
SLOW = tests/stress/faults/inject.py tests/stress/faults/swap.py tests/stress/faults/reports.py \
	"tests/stress/threads/run $(BUILD)/tsan" "tests/stress/fuzz/command.py 15" tests/package/run
SLOWER = "tests/stress/fuzz/run --tap $(FUZZ) 3" tests/peers/resolve_btfids/run tests/peers/encode/run
check check-ci: QUICK = --quick
check check-ci: UNIT_TESTS = all tests/foreign_test tests/no_memory_test
check: ALSO = -- tests/stress/faults/swap.py
check-ci: ALSO = -- "tests/kernel/vm/run --quick" $(SLOW)
check-all: ALSO = -- tests/kernel/vm/run $(SLOW) $(SLOWER)
check-all: UNIT_TESTS = all unit-tests
check-ci check-all: kernel-tools
check-all: fuzz-targets
check check-ci check-all:
	scripts/install-deps build test
	$(MAKE) $(ASAN)/build.ninja
	meson setup --reconfigure $(BUILD) -Dtests=enabled
	ninja -C $(BUILD) $(UNIT_TESTS)
	ninja -C $(ASAN)
	tests/run $(QUICK) $(BUILD) $(ASAN) $(ALSO)

# Boots real kernels in QEMU. If QEMU or a kernel is not available, its tests are reported as skipped. With NO_SKIP=1 a
# skip is a failure.
check-kernel: all kernel-tools
	REBTF=$(BUILD)/rebtf tests/run --names -- tests/kernel/vm/run

kernel-tools:
	-scripts/install-deps build kernels

fuzz-targets:
	scripts/install-deps build fuzz
	[ -e $(FUZZ)/build.ninja ] || CC=clang meson setup $(FUZZ) -Dfuzz=true -Db_sanitize=address,undefined \
		-Db_lundef=false -Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all -g1' -Dman=disabled \
		-Dwerror=true
	ninja -C $(FUZZ) fuzz

# Changes one token at a time and checks that a test fails. Takes hours; COUNT=30 is a sample.
check-mutants:
	scripts/install-deps build test
	tests/stress/mutants/run --count $(or $(COUNT),300)

# Inputs that crash are kept as build/fuzz/TARGET-crash-*. Inputs that reach new code are added to build/fuzz/corpus.
fuzz: fuzz-targets
	tests/stress/fuzz/run $(FUZZ) $(FUZZ_SECONDS)

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
	tests/peers/distro/run

# Compares CO-RE relocations with libbpf's, and minimal BTF with bpftool's, for BPF programs of Debian's packages and the
# kernel's own, and boots kernels. Needs root or CAP_BPF. Takes five minutes, and downloads 350 MB.
check-core: all
	scripts/install-deps build test kernels core
	REBTF=$(BUILD)/rebtf tests/run --names -- tests/peers/core/run

# Encodes a Debian kernel with all modules, and compares with the BTF in it. Takes a minute, and downloads 350 MB.
check-encode: all
	REBTF=$(BUILD)/rebtf $(if $(ARCH),ARCH=$(ARCH)) tests/run --names -- tests/peers/encode/run

# Builds, tests and installs what meson dist packs.
check-dist:
	scripts/install-deps build test
	tests/run --names -- tests/dist/run

# The headers of four kernels, against bpftool and libbpf. Downloads 350 MB, once.
check-header: all
	scripts/install-deps build test peers
	REBTF=$(BUILD)/rebtf tests/run --names -- tests/peers/header/run

# Builds Debian's Linux trees and DKMS packages with rebtf, compares with pahole, and boots the kernels. Takes an hour of
# CPU time, and downloads 500 MB. BUILDS=6.12-gcc is one of them (tests/kernel/kbuild/run).
check-kbuild: all kernel-tools
	scripts/install-deps build kbuild
	REBTF=$(BUILD)/rebtf tests/kernel/kbuild/run $(BUILDS)

# Runs programs that were built for libbpf with librebtf-bpf, and compares. Takes some minutes, and downloads 600 MB.
check-libbpf: all
	scripts/install-deps build test
	BUILD=$(BUILD) tests/run --names -- tests/peers/libbpf/run

# Debian's kernels for s390x: compares whole kernels on this machine and with s390x programs, and boots them. Takes half
# an hour.
check-big-endian: all
	scripts/install-deps build test peers s390x
	BUILD=$(BUILD) tests/kernel/s390x/run

# Compares the running kernel's verdicts with rebtf's on PARITY_COUNT random blobs. Needs root or CAP_BPF.
PARITY_COUNT ?= 1000000
check-parity: all
	$(BUILD)/tests/parity --count $(PARITY_COUNT) --jobs 2

# Renews the list of the binary interface. Look at the difference: a line that vanishes or changes breaks programs.
abi: all
	scripts/abi list $(BUILD)/rebtf . > $(BUILD)/librebtf.abi
	mv $(BUILD)/librebtf.abi src/librebtf.abi

# DESTDIR and prefix have their usual meaning. The prefix is a setup option, so a new prefix reconfigures the build.
install: all
	$(if $(prefix),meson configure $(BUILD) --prefix "$(prefix)")
	meson install -C $(BUILD)

# Removes only the files that the last install wrote.
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
	@echo "make check         the tests, also under the address and undefined behaviour sanitizers"
	@echo "make check-kernel  Debian kernels in QEMU load what rebtf writes (downloads 200 MB of them)"
	@echo "make check-ci      these, and those that need other packages: what continuous integration runs"
	@echo "make check-all     all of these with both builds, more kernels, fuzzing, and the kernel's resolve_btfids and pahole as peers"
	@echo "make demo          distill, check and relocate Debian's own modules, a minute's look at what it is for"
	@echo "make bench         whole kernels against libbpf, bpftool and pahole (downloads Debian kernels)"
	@echo "make check-distro  every module of two Debian kernels against libbpf's own answers (downloads them)"
	@echo "make check-core    CO-RE relocations and minimal BTF against libbpf, bpftool and kernels in QEMU (downloads 350 MB)"
	@echo "make check-encode  encodes a Debian kernel with all modules, and compares with its own BTF (downloads 350 MB; ARCH=arm64, s390x; SERIES=6.12)"
	@echo "make check-dist    the archive that meson dist makes: it builds, passes its tests and can be installed"
	@echo "make check-header  the C headers of Debian kernels against bpftool and libbpf (downloads 350 MB)"
	@echo "make check-kbuild  builds whole Linux trees and DKMS packages with rebtf, and boots them (an hour of CPU time)"
	@echo "make check-libbpf  pahole and others with librebtf-bpf in libbpf's place (some minutes; downloads 600 MB)"
	@echo "make check-big-endian  the same for s390x, and such a kernel in QEMU has its say (half an hour; downloads them)"
	@echo "make check-parity  a million made-up blobs of BTF: does the running kernel say what rebtf verify says?"
	@echo "make abi           src/librebtf.abi, after a change of the library's interface"
	@echo "make install       below prefix=/usr/local; DESTDIR=... puts it elsewhere for packaging"
	@echo "make uninstall     removes what the last make install of this build put there"
	@echo "make fuzz          random BTF, and random files with BTF in them, SECONDS=60 for each target"
	@echo "make format        lays out the C files; make format-check only looks"
	@echo "make clean         removes build, with what was downloaded into it"

.PHONY: all abi check check-all check-ci fuzz fuzz-targets demo bench check-dist check-distro check-core check-encode check-header check-kbuild check-kernel check-libbpf check-mutants check-parity check-big-endian install uninstall format format-check clean help
