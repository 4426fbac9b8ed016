#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Policies: which base types must fit, depending on how a module relies on them.

load common

setup_file() {
	unpack_data
	export EXPECTING=$BATS_FILE_TMPDIR/expecting
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir "$EXPECTING" "$SPLIT"
	# Modules of a much later kernel, relocated to an earlier one.
	export LATER=$DATA/distilled/6.12.117+deb12-amd64
}

setup() {
	enter_work
}

# misfits ARGUMENT...: prints file, type and verdict of each type that does not fit, one per line.
misfits() {
	"$REBTF" check --json --base "$NEW" "$@" |
		jq -r 'select(.outcome == "misfit") | .file as $f | .misfits[] | "\($f) \(.name) \(.verdict)"' |
		sed "s,^$EXPECTING/,,; s,^$SPLIT/,,; s,^$LATER/,," | sort
}

@test "the policy is the kernel's if nothing else is said" {
	misfits "$EXPECTING" > default
	grep -q 'device size$' default
	misfits --policy kernel "$EXPECTING" > kernel
	diff default kernel
	for module in nf_nat nf_conntrack; do
		run ! grep "$module" default
	done
}

@test "strict also sees what the kernel does not: arrays of a struct that grew, values of an enumeration" {
	misfits --policy strict "$EXPECTING" > strict
	misfits "$EXPECTING" > kernel
	[ "$(comm -13 kernel strict)" = "$(printf '%s\n' 'intel_rapl_msr.btf cpuhp_state members' \
		'nf_conntrack.btf nf_hook_ops size' 'nf_nat.btf nf_hook_ops size')" ]
	[ -z "$(comm -23 kernel strict)" ]
}

@test "strict refuses what nobody recorded the members of" {
	rebtf check --policy strict --base "$NEW" "$DISTILLED/$FITTING"
	exits 1
	says 'its old members are unknown'
	rebtf check --policy strict --base "$NEW" "$EXPECTING/$FITTING"
	exits 0
}

@test "the old kernel knows as much as expectations do" {
	misfits --policy strict "$EXPECTING" > expected
	[ -s expected ]
	for modules in "$SPLIT" "$DISTILLED"; do
		misfits --policy strict --old-base "$OLD" "$modules" | sed "s,^$DISTILLED/,," > known
		diff expected known
	done
}

@test "an old kernel that is not the module's knows nothing of it" {
	rebtf check --policy strict --old-base "$NEW" --base "$NEW" "$DISTILLED/$MISFIT"
	exits 1
	says 'struct device: 744 bytes then, 752 now'
	says 'its old members are unknown'
}

@test "strict looks at the members of what is trusted, which pointers lead to" {
	rebtf check --policy strict --base "$NEW" "$EXPECTING/$FITTING"
	exits 0
	# struct Qdisc has 384 bytes in both kernels, but some members moved.
	cp "$SPLIT/$FITTING" x.btf
	"$REBTF" distill --expects --trust Qdisc --base "$OLD" x.btf
	for policy in kernel lenient; do
		rebtf check --policy $policy --trust Qdisc --base "$NEW" x.btf
		exits 0
	done
	[ "$(misfits --policy strict --trust Qdisc x.btf)" = 'x.btf Qdisc members' ]
	# Recorded trust need not be named again.
	[ "$(misfits --policy strict x.btf)" = 'x.btf Qdisc members' ]
	[ "$(misfits --policy strict --trust Qdisc --old-base "$OLD" "$DISTILLED/$FITTING" | cut -d ' ' -f 2-)" = \
		'Qdisc members' ]
}

@test "what the old kernel knows is taken from there, what the module says or not" {
	cp "$SPLIT/$FITTING" x.btf
	"$REBTF" distill --expects --base "$OLD" x.btf
	[ "$(misfits --policy strict --trust Qdisc x.btf)" = 'x.btf Qdisc unproven' ]
	[ "$(misfits --policy strict --trust Qdisc --old-base "$OLD" x.btf)" = 'x.btf Qdisc members' ]
}

@test "a name to be trusted that no module has is a slip, and said" {
	for command in "check --policy lenient $EXPECTING/$FITTING" "distill --expects --out-dir out $SPLIT/$FITTING"; do
		rebtf $command --trust Qdisc --trust no_such --base "$OLD"
		exits 0
		complains '--trust no_such: no module has'
	done
}

@test "strict takes a kernel for itself" {
	rebtf check --policy strict --base "$OLD" "$EXPECTING"
	exits 0
	says '50 modules: 50 fit'
}

@test "lenient lets nothing that is only pointed to, and no scalar, stand in the way" {
	[ "$(misfits "$LATER" | cut -d ' ' -f 2- | sort -u | xargs -L 1)" = \
		"$(printf '%s\n' 'char kind' 'inode size' 'ip_tunnel_parm_kern missing' 'mnt_idmap missing' \
			'xdp_rss_hash_type missing')" ]
	rebtf check --policy lenient --base "$NEW" "$LATER"
	exits 1
	says 'struct inode: 624 bytes then, 632 now (embedded)'
	says '6 modules: 2 fit, 3 would be kept by localizing 4 types ('
	says ', 1 does not fit'
}

@test "what lenient relocates is valid BTF over the new kernel" {
	rebtf relocate --policy lenient --base "$NEW" --out-dir out "$LATER"
	exits 1
	for name in ipip pci-stub veth; do
		bpftool btf dump -B "$NEW" file out/$name.btf format raw > theirs
		"$REBTF" dump --base "$NEW" out/$name.btf > ours
		cmp theirs ours
	done
	# A localized type: char is signed, as before.
	"$REBTF" dump --base "$NEW" out/ipip.btf | grep "^\[[0-9]*\] FWD 'ip_tunnel_parm_kern' fwd_kind=struct"
}

@test "relocate goes by the policy, as check does" {
	for policy in kernel strict lenient; do
		misfits --policy $policy "$EXPECTING" | cut -d ' ' -f 1 | sort -u > refused
		rebtf relocate --policy $policy --base "$NEW" --out-dir $policy "$EXPECTING"
		exits 1
		(cd "$EXPECTING" && find . -name '*.btf') | sed 's,^\./,,' | sort > all
		(cd $policy && find . -name '*.btf') | sed 's,^\./,,' | sort > written
		diff <(comm -23 all refused) written
	done
	# If several policies accept a module, their results are equal.
	(cd strict && find . -name '*.btf') | while IFS= read -r module; do
		cmp "strict/$module" "kernel/$module"
		cmp "lenient/$module" "kernel/$module"
	done
}
