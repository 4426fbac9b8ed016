#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The files that "make install" installs, and building a program with them.

setup_file() {
	export ROOT=$BATS_FILE_TMPDIR/root
	# "make uninstall" uses this log, so it must stay that of the last real installation.
	LOG=$(dirname "$REBTF")/meson-logs/install-log.txt
	export LOG
	[ ! -e "$LOG" ] || cp "$LOG" "$BATS_FILE_TMPDIR/log"
	meson install -C "$(dirname "$REBTF")" --destdir "$ROOT" --no-rebuild --quiet
	PREFIX=$ROOT$(meson introspect --buildoptions "$(dirname "$REBTF")" |
		jq -r '.[] | select(.name == "prefix") | .value')
	export PREFIX
	PC=$(find "$ROOT" -name rebtf.pc)
	export PKG_CONFIG_PATH=${PC%/*} PKG_CONFIG_SYSROOT_DIR=$ROOT
	LIBDIR=$(dirname "$PKG_CONFIG_PATH")
	export LIBDIR
}

teardown_file() {
	rm -f "$LOG"
	[ ! -e "$BATS_FILE_TMPDIR/log" ] || mv "$BATS_FILE_TMPDIR/log" "$LOG"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cat >program.c <<-'END'
	#include <rebtf.h>
	#include <stdio.h>

	struct rebtf_error *error_new(void);
	struct rebtf_error *error_new(void) { return NULL; }	/* a name that the library uses inside */

	int main(void)
	{
		struct rebtf_module *module = NULL;
		struct rebtf_error *err = rebtf_module_open("/dev/null", NULL, &module);

		puts(rebtf_version());
		return err ? error_new() != NULL : 1;
	}
	END
}

@test "the command is installed and runs" {
	"$PREFIX/bin/rebtf" --version | grep -F "$(pkg-config --modversion rebtf)"
}

@test "each manual page is installed, and names the version" {
	[ -e "$(dirname "$REBTF")/docs/rebtf.1" ] || skip "the build has no manual pages"
	for source in "$BATS_TEST_DIRNAME"/../../docs/rebtf*.rst; do
		section=$(sed -n 's/^:Manual section: //p' "$source")
		page=$(basename "$source" .rst)
		grep -qF "$(pkg-config --modversion rebtf)" "$PREFIX/share/man/man$section/${page%.3}.$section" ||
			{ echo "$page"; false; }
	done
}

@test "each tool of kernel builds is a link to the command, and a directory has it under its own name" {
	local tool=$PREFIX/libexec/rebtf/bin/resolve_btfids
	[ "$(readlink "$PREFIX/bin/rebtf-resolve_btfids")" = rebtf ]
	[ "$ROOT$(readlink "$tool")" = "$PREFIX/bin/rebtf" ]
	[ "$("$PREFIX/bin/rebtf-resolve_btfids" --version)" = "$("$REBTF" --version)" ]
}

@test "documentation, the schema of the JSON and the licences are installed" {
	local doc=$PREFIX/share/doc/rebtf source=$BATS_TEST_DIRNAME/../..
	for file in README.md CHANGELOG.md docs/rebtf.schema.json docs/formats.md docs/verify.md docs/design.md docs/encode.md; do
		cmp "$source/$file" "$doc/$(basename $file)"
	done
	diff -r "$source/LICENSES" "$doc/LICENSES"
}

@test "make uninstall removes what was installed, and nothing else" {
	local gone=$PWD/gone build
	build=$(realpath "$(dirname "$REBTF")")
	meson install -C "$build" --destdir "$gone" --no-rebuild --quiet
	[ "$(find "$gone" -type f | wc -l)" -ge 20 ]
	touch "$gone/mine"
	make -C "$BATS_TEST_DIRNAME/../.." uninstall BUILD="$build"
	[ "$(find "$gone" ! -type d)" = "$gone/mine" ]
}

@test "completions are where each shell looks" {
	bash -n "$PREFIX/share/bash-completion/completions/rebtf"
	[ -s "$PREFIX/share/zsh/site-functions/_rebtf" ]
	[ -s "$PREFIX/share/fish/vendor_completions.d/rebtf.fish" ]
}

@test "the hooks are installed, and nothing calls them unless that was asked for" {
	local hooks=$PREFIX/share/rebtf/hooks called
	[ -x "$hooks/kernel-postinst" ]
	[ -x "$hooks/dkms-post-build" ]
	[ -f "$hooks/common.sh" ]
	[ -s "$PREFIX/share/doc/rebtf/hooks.md" ]
	[ -z "$(find "$ROOT" -path '*/kernel/*')" ]
	meson setup asked "$BATS_TEST_DIRNAME/../.." -Dkernel_hooks=true -Dprefix=/usr -Dtests=disabled -Dman=disabled
	meson install -C asked --no-rebuild --tags hooks --destdir "$PWD/asking"
	[ -x asking/usr/share/rebtf/hooks/kernel-postinst ]
	[ -x asking/usr/share/rebtf/hooks/kernel-vmlinux ]
	[ -x asking/usr/share/rebtf/hooks/kernel-carrier ]
	for called in postinst.d/{dkms,btf}-rebtf header_postinst.d/{dkms,btf}-rebtf postrm.d/btf-rebtf {postinst,postrm}.d/btf-carrier; do
		called=asking/etc/kernel/$called
		case $called in
		*dkms*) grep -x "hook='/usr/share/rebtf/hooks'/kernel-postinst" "$called" ;;
		*carrier) grep -x "hook='/usr/share/rebtf/hooks'/kernel-carrier" "$called" ;;
		*) grep -x "hook='/usr/share/rebtf/hooks'/kernel-vmlinux" "$called" ;;
		esac
		# What it calls may be gone.
		"$called" 1.2.3-none
	done
	[ ! -e asking/etc/kernel/postrm.d/dkms-rebtf ]
}

@test "a program builds with the shared library" {
	cc program.c $(pkg-config --cflags --libs rebtf) -o program
	readelf -d program | grep -F '[librebtf.so.0.1]'
	[ "$(LD_LIBRARY_PATH=$LIBDIR ./program)" = "$(pkg-config --modversion rebtf)" ]
}

@test "a program builds with the static library, even with a function of a name used inside" {
	# Links only rebtf statically: many systems have no static libelf.
	cc program.c $(pkg-config --cflags rebtf) "$LIBDIR/librebtf.a" \
		$(pkg-config --static --libs rebtf | sed 's/-lrebtf//') -o program
	run ! grep -F librebtf <(readelf -d program)
	[ "$(./program)" = "$(pkg-config --modversion rebtf)" ]
}

@test "the installed pahole is the command, under two names" {
	[ "$(readlink "$PREFIX/bin/rebtf-pahole")" = rebtf ]
	[ "$("$PREFIX/bin/rebtf-pahole" --version)" = v1.31 ]
	[ "$ROOT$(readlink "$PREFIX/libexec/rebtf/bin/pahole")" = "$PREFIX/bin/rebtf" ]
}
