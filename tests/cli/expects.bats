#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf distill --expects: the definitions that the module's builder saw, recorded beside its distilled base.

load common

setup_file() {
	unpack_data
	export EXPECTING=$BATS_FILE_TMPDIR/expecting
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir "$EXPECTING" "$SPLIT"
}

setup() {
	enter_work
}

# definition DUMP KIND NAME: prints names and offsets of its members, as in bpftool's raw dump.
definition() {
	awk -v start="] $2 '$3' " 'index($0, start) { if (found++) exit; inside = 1; print $3, $4, $5; next }
		/^\[/ { inside = 0 }
		inside { sub(/type_id=[0-9]+ /, ""); print }' "$1" | sed 's/^\t//'
}

@test "--expects adds a file, and changes nothing in the others" {
	cp -r "$EXPECTING" expecting
	[ "$(find expecting -name '*.btf.expects' | wc -l)" -eq "$(find expecting -name '*.btf' | wc -l)" ]
	find expecting -name '*.btf.expects' -delete
	same expecting "$DISTILLED"
}

@test "--expects does not replace expectations that cannot be read" {
	cp "$EXPECTING"/veth.btf* .
	truncate -s 3G veth.btf.expects
	rebtf distill --expects --base "$OLD" veth.btf
	exits 2
	complains 'veth.btf.expects: file is too large'
	[ "$(stat -c %s veth.btf.expects)" -eq 3221225472 ]
}

@test "bpftool reads expectations over the distilled base" {
	local count=0
	while IFS= read -r module; do
		bpftool btf dump -B "$module.base" file "$module.expects" format raw > theirs
		"$REBTF" dump --base "$module.base" "$module.expects" > ours
		cmp theirs ours
		count=$((count + 1))
	done < <(find "$EXPECTING" -name '*.btf')
	[ "$count" -eq 50 ]
}

@test "a definition has the members that the old kernel's has" {
	local module=$EXPECTING/$MISFIT count=0
	"$REBTF" dump "$OLD" > old
	"$REBTF" dump --base "$module.base" "$module.expects" > expected
	[ "$(definition expected STRUCT device | head -n 1)" = "'device' size=744 vlen=44" ]
	# All structs and unions of the distilled base that have members. The base itself omits members.
	while read -r _ kind name _; do
		name=${name//\'/}
		grep -q "\] $kind '$name' .*vlen=[1-9]" expected || continue
		definition old "$kind" "$name" > members.old
		definition expected "$kind" "$name" > members
		diff members.old members
		count=$((count + 1))
	done < <("$REBTF" dump "$module.base" | grep -E '\] (STRUCT|UNION) ')
	[ "$count" -ge 3 ]
}

@test "what is only pointed to has no definition, unless it is trusted" {
	cp "$SPLIT/$FITTING" x.btf
	"$REBTF" distill --expects --base "$OLD" --out-dir plain x.btf
	"$REBTF" distill --expects --trust sk_buff --base "$OLD" --out-dir trusting x.btf
	"$REBTF" dump plain/x.btf.base | grep "STRUCT 'sk_buff'"
	run ! grep "STRUCT 'sk_buff'" <("$REBTF" dump --base plain/x.btf.base plain/x.btf.expects)
	"$REBTF" dump --base trusting/x.btf.base trusting/x.btf.expects > expected
	"$REBTF" dump "$OLD" > old
	definition expected STRUCT sk_buff > members
	[ "$(wc -l < members)" -gt 10 ]
	diff <(definition old STRUCT sk_buff) members
}

# section MODULE NAME FILE: writes a section of a module into a file.
section() {
	objcopy -O binary --only-section="$2" --set-section-flags "$2"=alloc "$1" "$3"
}

@test "in a module they are a section, the same as in a raw file" {
	rebtf distill --expects --base "$OLD" --out-dir . "$DATA/ko/wmi-bmof.ko.gz" "$SPLIT/wmi-bmof.btf"
	exits 0
	gzip -d wmi-bmof.ko.gz
	section wmi-bmof.ko .BTF.base_expects expects
	cmp expects wmi-bmof.btf.expects
}

@test "what .BTF_ids names is trusted: a kfunc's parameters are defined" {
	rebtf distill --expects --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko" "$SPLIT/tcp_bbr.btf"
	exits 0
	section tcp_bbr.ko .BTF.base base
	section tcp_bbr.ko .BTF.base_expects expects
	cmp base tcp_bbr.btf.base
	"$REBTF" dump --base base expects > with_ids
	# Raw BTF has no ids.
	"$REBTF" dump --base tcp_bbr.btf.base tcp_bbr.btf.expects > without
	"$REBTF" dump "$OLD" > old
	definition with_ids STRUCT sock > members
	[ "$(wc -l < members)" -gt 10 ]
	diff <(definition old STRUCT sock) members
	run ! grep "STRUCT 'sock' .*vlen=[1-9]" without
}

@test "a module that was distilled without them gets them, as if it had been distilled with them" {
	take "$DISTILLED/$MISFIT" x.btf
	rebtf distill --verbose --expects --base "$OLD" x.btf
	exits 0
	says 'x.btf: distilled, '
	cmp x.btf "$EXPECTING/$MISFIT"
	cmp x.btf.base "$EXPECTING/$MISFIT.base"
	cmp x.btf.expects "$EXPECTING/$MISFIT.expects"
	remember .
	rebtf distill --expects --base "$OLD" x.btf
	exits 0
	says '1 module: 1 left alone (1 distilled)'
	unchanged .
}

@test "a module that was distilled over another kernel gets none" {
	take "$DISTILLED/$MISFIT" x.btf
	remember .
	rebtf distill --expects --base "$NEW" x.btf
	exits 2
	complains x.btf "'device'"
	unchanged .
}

@test "they go along where a module is copied, and go where it is relocated" {
	mkdir in
	take "$EXPECTING/$FITTING" in/x.btf
	rebtf distill --base "$OLD" --out-dir out in/*
	exits 0
	same in out
	rebtf relocate --base "$NEW" in/*
	exits 0
	[ "$(ls in)" = x.btf ]
}

@test "expectations of another module are noticed, and nothing is written" {
	take "$EXPECTING/$MISFIT" x.btf
	cp "$EXPECTING/$FITTING.expects" x.btf.expects
	remember .
	for how in --quiet '--policy strict' '--on-mismatch local'; do
		for base in "$NEW" "$OLD"; do
			for verb in check relocate; do
				rebtf $verb $how --base "$base" x.btf
				exits 2
				complains x.btf
				unchanged .
			done
		done
	done
}

@test "JSON counts what is expected" {
	rebtf distill --json --expects --base "$OLD" --out-dir out "$SPLIT/$MISFIT"
	exits 0
	[ "$(jq '.expected_types // empty' <<< "${lines[0]}")" -gt 3 ]
}
