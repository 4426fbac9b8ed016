# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# fish completion for rebtf. The command itself lists its verbs, its options and their values.

# Releases with installed modules or headers, as accepted by --base.
function __rebtf_releases
    for dir in /lib/modules/*/ /usr/src/linux-headers-*/
        string replace -r '^linux-headers-' '' (basename $dir)
    end | sort -u
end

function __rebtf_modules
    for suffix in .ko .ko.xz .ko.zst .ko.gz .btf .efi .tar.xz .deb .rpm
        __fish_complete_suffix $suffix
    end
end

complete -c rebtf -f
set -l verbs (rebtf help --list | string split -f 1 \t)
set -l no_verb "not __fish_seen_subcommand_from $verbs"
complete -c rebtf -n '__fish_seen_subcommand_from help' -a "$verbs"

for line in (rebtf help --list)
    set -l verb (string split \t -- $line)
    set -l seen "__fish_seen_subcommand_from $verb[1]"
    complete -c rebtf -n $no_verb -a $verb[1] -d $verb[3]
    if test $verb[1] = help
        set seen $no_verb
    else
        complete -c rebtf -n $seen -a '(__rebtf_modules)'
    end
    string match -q '*RELEASE*' $verb[2]; and complete -c rebtf -n $seen -a '(__rebtf_releases)'
    for line in (rebtf help --list $verb[1])
        set -l option (string split \t -- $line)
        set -l how -l (string sub -s 3 -- $option[1])
        test $option[2] = -; or set -a how -s (string sub -s 2 -- $option[2])
        set -l value (string trim -c '[]' -- $option[3])
        switch $value
            case -
            case '*RELEASE|*' '*|RELEASE*'
                set -a how -r -F -a '(__rebtf_releases)'
            case '*|*'
                set -a how -a (string replace -a '|' ' ' -- $value)
                test $value = $option[3]; and set -a how -x
            case RELEASE
                set -a how -x -a '(__rebtf_releases)'
            case BASE
                set -a how -r -F -a '(__rebtf_releases)'
            case DIR
                set -a how -x -a '(__fish_complete_directories)'
            case FILE LIST KEY CERT OUT
                set -a how -r -F
            case '*'
                set -a how -x
        end
        complete -c rebtf -n $seen $how -d $option[4]
    end
end
