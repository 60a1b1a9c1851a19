#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# What bash and zsh offer for the words of a command line. Needs the source tree, so it
# skips elsewhere.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

SCRIPTS=../../userspace/completion

need_scripts() {
	[ -e "$SCRIPTS/ipclens" ] || skip 'not in the source tree'
}

# offer SHELL WORD...: what it offers for the last word, one a line, in out. The functions
# that a shell has only while it completes are played; bash takes a = for a word.
offer() {
	shell=$1
	shift
	# shellcheck disable=SC2016
	bash='script=$1 program=$2; shift 2; . "$script/ipclens"; compopt() { :; }
		COMP_WORDS=(ipclens "$@"); COMP_CWORD=$#
		_ipclens "$program"; printf "%s\n" "${COMPREPLY[@]}"'
	# shellcheck disable=SC2016
	zsh='compadd() { while [[ $1 == -?* ]]; do [[ $1 != -S ]] || shift; [[ $1 != -- ]] || break
			shift; done; shift; print -l -- ${(M)@:#$words[CURRENT]*}; }
		_files() { print -l -- $words[CURRENT]*(N); }
		script=$1 program=$2; shift 2
		words=($program "$@"); CURRENT=$#words; . $script/_ipclens'
	[ "$shell" = bash ] || set -- zsh -f -c "$zsh" zsh "$SCRIPTS" "$READER" "$@"
	[ "$shell" = zsh ] || set -- bash -c "$bash" bash "$SCRIPTS" "$READER" "$@"
	"$@" >"$WORK/out" 2>"$WORK/err" || :
	expect_lines 0 err
}

# expect_offer WORDS: sorted, on one line
expect_offer() {
	got=$(sort "$WORK/out" | tr '\n' ' ' | sed 's/ $//')
	[ "$got" = "$1" ] || fail "offered: '$got', not '$1'"
}

help_of() {
	"$READER" "$@" --help
}

complete_commands() {
	offer "$1" ''
	help_of | sed -n '/^Tables:/,/^Options:/s/^ \([a-z]*\) .*/\1/p' | sort >"$WORK/expected"
	[ "$(wc -l <"$WORK/expected")" -ge 11 ] || fail 'help is not understood'
	sort "$WORK/out" | diff "$WORK/expected" - || fail 'not the commands'
	offer "$1" hol
	expect_offer holders
	offer "$1" --from x hol
	expect_offer holders
	offer "$1" shm ''
	expect_offer ''
	offer "$1" explain ''
	expect_offer 'denial queue shm user'
	offer "$1" explain d
	expect_offer denial
	offer "$1" explain shm ''
	expect_offer ''
}

# Of each command those of its help, no more and no less.
complete_options() {
	for command in '' $(help_of | sed -n '/^Tables:/,/^Options:/s/^ \([a-z]*\) .*/\1/p'); do
		# shellcheck disable=SC2086
		offer "$1" $command --
		# shellcheck disable=SC2086
		help_of ${command:-triage} | grep -o '^ \(-., \|    \)--[a-z-]*' | grep -o -e '--.*' | sort \
			>"$WORK/expected"
		sort "$WORK/out" | diff "$WORK/expected" - || fail "not the options of $command"
	done
	offer "$1" doctor --out
	expect_offer '--output --output-all'
	offer "$1" --n
	expect_offer '--near --noheadings'
}

complete_columns() {
	for table in shm holders mqueue mqholders users denials history namespaces probes status; do
		offer "$1" "$table" -o ''
		help_of "$table" | sed '1,/^Columns/d' | cut -c 3- | cut -d ' ' -f 1 | tr '[:upper:]' '[:lower:]' |
			sort >"$WORK/expected"
		sort "$WORK/out" | diff "$WORK/expected" - || fail "not the columns of $table"
	done
	offer "$1" shm -o shmid,na
	expect_offer shmid,nattch
	offer "$1" shm --output +pe
	expect_offer '+pending +perms'
	offer "$1" shm --sort -na
	expect_offer -nattch
	offer "$1" history --sort ki
	expect_offer kind
}

complete_values() {
	offer "$1" shm --time-format ''
	expect_offer 'iso raw short'
	offer "$1" metrics --format o
	expect_offer openmetrics
	# There is no module, so there are no namespaces.
	offer "$1" shm --ipcns ''
	[ ! -d /sys/kernel/debug/ipclens ] || skip 'there is a module'
	expect_offer ''
	offer "$1" shm --from option
	expect_offer options.sh
	offer "$1" shm --filter ''
	expect_offer ''
}

test_bash() {
	need_scripts
	need bash
	complete_commands bash
	complete_options bash
	complete_columns bash
	complete_values bash
	offer bash shm --color = a
	expect_offer 'always auto'
	offer bash shm --color =
	expect_offer 'always auto never'
	offer bash shm --output = kin
	expect_offer ''
	offer bash shm --output = nat
	expect_offer nattch
}

test_zsh() {
	need_scripts
	need zsh
	complete_commands zsh
	complete_options zsh
	complete_columns zsh
	complete_values zsh
	offer zsh shm --color=a
	expect_offer '--color=always --color=auto'
	offer zsh shm --output=shmid,na
	expect_offer '--output=shmid,nattch'
}

# What an option takes, as the help has it, the scripts must know.
test_arguments() {
	need_scripts
	for command in '' metrics doctor; do
		# shellcheck disable=SC2086
		help_of $command
	done | sed -n 's/^ \(-., \|    \)--[a-z-]*\(\[=\| \)\([A-Z]\{2,\}\).*/\3/p' | sort -u \
		>"$WORK/arguments"
	[ "$(wc -l <"$WORK/arguments")" -ge 8 ] || fail 'help is not understood'
	while read -r argument; do
		case $argument in
		# Nothing can be offered for these.
		NUMBER | SECONDS | EXPRESSION | BYTES | TIME | PERCENT | COUNT) continue ;;
		esac
		for script in ipclens _ipclens; do
			grep -q "\<$argument\>" "$SCRIPTS/$script" || fail "$script does not know $argument"
		done
	done <"$WORK/arguments"
}

TESTS="test_bash test_zsh test_arguments"
ktap_main
