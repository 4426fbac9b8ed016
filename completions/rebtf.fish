# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# fish completion for rebtf: verbs, options, releases for --base, and files that may contain BTF.

set -l verbs distill relocate check standalone renumber info dump verify extract

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
complete -c rebtf -l color -a 'auto always never' -d 'Color text'
complete -c rebtf -s h -l help -d 'Print help'
complete -c rebtf -l usage -d 'Print a short usage message'
complete -c rebtf -s V -l version -d 'Print the version'

set -l no_verb "not __fish_seen_subcommand_from $verbs help"
complete -c rebtf -n $no_verb -a distill -d 'Record in modules what they need of their kernel'
complete -c rebtf -n $no_verb -a relocate -d 'Make distilled modules refer to another kernel'
complete -c rebtf -n $no_verb -a check -d 'Say whether modules would relocate, and if not, why'
complete -c rebtf -n $no_verb -a standalone -d 'Give modules all that their BTF needs of their kernel'
complete -c rebtf -n $no_verb -a renumber -d 'Show standalone BTF as split, for tools that expect that'
complete -c rebtf -n $no_verb -a info -d 'Describe the BTF in a file'
complete -c rebtf -n $no_verb -a dump -d 'Print BTF as text, type by type'
complete -c rebtf -n $no_verb -a verify -d 'Say whether a kernel would take the BTF'
complete -c rebtf -n $no_verb -a extract -d 'Write the raw BTF of kernels and modules'
complete -c rebtf -n $no_verb -a help -d 'Explain a verb'
complete -c rebtf -n '__fish_seen_subcommand_from help' -a "$verbs"

set -l any "__fish_seen_subcommand_from $verbs"
set -l based '__fish_seen_subcommand_from distill relocate check standalone renumber info dump verify'
set -l batch '__fish_seen_subcommand_from distill relocate check standalone renumber info verify extract'
set -l writing '__fish_seen_subcommand_from distill relocate standalone renumber'
complete -c rebtf -n $any -a '(__rebtf_modules)'
complete -c rebtf -n $based -s B -l base -r -F -a '(__rebtf_releases)' -d 'The kernel whose BTF counts'
complete -c rebtf -n $based -l as -x -a 'split standalone' -d 'How to read what can be read in several ways'
complete -c rebtf -n $any -l no-cache -d 'Unpack kernel images anew, and keep nothing of them'
set -l built_for '__fish_seen_subcommand_from distill relocate check standalone info'
complete -c rebtf -n $built_for -l any-release -d 'Take the base whatever release a module names'
complete -c rebtf -n $batch -s j -l jobs -x -d 'Use this many threads'
complete -c rebtf -n $batch -l json -d 'Print JSON'
complete -c rebtf -n $batch -s q -l quiet -d 'Print errors and nothing else'
complete -c rebtf -n $batch -s v -l verbose -d 'Print a line for each file'
complete -c rebtf -n $writing -s o -l out-dir -x -a '(__fish_complete_directories)' -d 'Write below this directory'
complete -c rebtf -n $writing -l strip-signature -d 'Drop the signatures of signed modules'
complete -c rebtf -n $writing -l compress-level -x -d 'Compress at this level'
complete -c rebtf -n $writing -l sign -r -F -d 'Sign what is written with this private key'
complete -c rebtf -n $writing -l cert -r -F -d 'The certificate of that key'
complete -c rebtf -n $writing -l sign-hash -x -a 'sha256 sha384 sha512' -d 'What the signature is over'
complete -c rebtf -n '__fish_seen_subcommand_from standalone' -l full -d 'Bring all types along that can be reached'
set -l fitting '__fish_seen_subcommand_from relocate check'
set -l trusting '__fish_seen_subcommand_from distill relocate check'
set -l relocating '__fish_seen_subcommand_from relocate'
complete -c rebtf -n $fitting -l policy -x -a 'kernel strict lenient' -d 'What has to fit'
complete -c rebtf -n $fitting -l on-mismatch -x -a 'refuse local' -d 'What to do about a type that does not fit'
complete -c rebtf -n $fitting -l old-base -r -F -a '(__rebtf_releases)' -d 'The kernel that the modules were built for'
complete -c rebtf -n $trusting -l trust -x -d 'A type or function whose members matter'
complete -c rebtf -n '__fish_seen_subcommand_from distill' -l expects -d 'Also record full definitions'
complete -c rebtf -n $relocating -l kernel -x -a '(__rebtf_releases)' -d 'Relocate the modules of this installed kernel'
set -l loading '__fish_seen_subcommand_from relocate check standalone renumber info'
complete -c rebtf -n $loading -l root -x -a '(__fish_complete_directories)' -d 'Where the kernel is installed'
complete -c rebtf -n $loading -l symvers -r -F -d 'The Module.symvers of the kernel'
complete -c rebtf -n $loading -l require-loadable -d 'Fail if the kernel refuses to load a module'
complete -c rebtf -n $relocating -l keep -d 'Keep the distilled original in the file'
set -l verifying '__fish_seen_subcommand_from verify'
complete -c rebtf -n $verifying -l rules -x -a '6.1 6.12 6.18 7.2' -d 'Kernel version whose rules apply'
complete -c rebtf -n $verifying -l over -r -F -d 'A module that files go on from'
complete -c rebtf -n $verifying -l pointer-size -x -a '4 8' -d 'Bytes that a pointer has in the kernel'
complete -c rebtf -n $verifying -l all -d 'Look for all that is wrong'
complete -c rebtf -n $verifying -l kernel-btf -d "Make only a kernel's checks of its own and its modules' BTF"
set -l extracting '__fish_seen_subcommand_from extract'
set -l of_kernels '__fish_seen_subcommand_from info dump verify standalone extract'
complete -c rebtf -n $of_kernels -a '(__rebtf_releases)'
complete -c rebtf -n $extracting -s o -l output -r -F -d 'Write to this file or directory'
