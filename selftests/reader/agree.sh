#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # ktap_main calls the functions
#
# Help, manual page and the header that the module prints by must name the same
# commands, options and columns. Needs the source tree, so it skips elsewhere.
set -eu
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=ktap.sh
. ./ktap.sh

ABI=../../kmod/ipclens_abi.h
PAGE=../../userspace/man/ipclens.8
FORMAT_PAGE=../../userspace/man/ipclens-debugfs.5
FORMAT_TEXT=../../Documentation/debugfs-abi.md
README=../../README.md
OUR_READER=$(realpath "$(command -v "$READER")" 2>/dev/null) || OUR_READER=$READER

need_tree() {
	[ -e "$PAGE" ] || skip 'not in the source tree'
}

# "file column type" for every column
abi_columns() {
	awk '/^#define IPCLENS_FILES/ { exit }
		/^#define IPCLENS_.*_COLUMNS\(X\)/ {
			file = tolower($2); sub(/^ipclens_/, "", file); sub(/_columns.*/, "", file) }
		/^\tX\(/ { split($0, part, /[(, ]+/); print file, part[2], part[3] }' "$ABI"
}

# What the reader adds: columns of its own, and commands without a file
computed_columns() {
	cat <<-'END'
		mq_users room NUM
		mq_denials fix TEXT
		mqholders ipcns NUM
		mqholders ino NUM
		mqholders name TEXT
		mqholders linked FLAG
		mqholders charge BYTES
		mqholders pid NUM
		mqholders comm TEXT
		mqholders fd NUM
		triage severity TEXT
		triage kind TEXT
		triage ipcns NUM
		triage uid NUM
		triage pid NUM
		triage comm TEXT
		triage count NUM
		triage bytes BYTES
		triage limit NUM
		triage since TIME
		triage what TEXT
		triage next TEXT
	END
}

# The command that shows a file
name_commands() {
	sed 's/^shm_holders\>/holders/; s/^mq_users\>/users/; s/^mq_denials\>/denials/'
}

# The type's name in help and manual page
name_types() {
	sed 's/ NUM$/ number/; s/ BYTES$/ bytes/; s/ TIME$/ seconds/; s/ FLAG$/ 0\/1/
		s/ KEY$/ key/; s/ PERM$/ octal/; s/ ADDR$/ address/; s/ TEXT$/ text/'
}

# "command column type" in the order of the manual page; with "*" behind a default one
page_columns() {
	awk '/^\.Sh / { columns = $2 == "COLUMNS" }
		!columns { next }
		/^\.Ss / { command = $2 }
		/^\.It Cm / { name = $3; star = / No \*/ ? " *" : ""; getline
			sub(/:.*/, ""); print command, name, $0 star }' "$PAGE"
}

help_columns() {
	for command in shm holders mqueue mqholders users denials history namespaces \
		probes status triage; do
		"$READER" "$command" --help | awk -v command="$command" '
			listed { star = $1 ~ /^\*/ ? " *" : ""; sub(/^ [* ]/, "")
				print command, tolower($1), $2 star }
			/^Columns/ { listed = 1 }'
	done
}

test_columns_are_found() {
	need_tree
	[ "$(abi_columns | wc -l)" -ge 144 ] || fail 'the header is not understood'
	abi_columns | grep -q '^shm_holders task_ipcns NUM$' || fail 'the header is not understood'
	abi_columns | grep -q '^mq_denials errno NUM$' || fail 'the header is not understood'
}

test_help_has_abi_columns() {
	need_tree
	{ abi_columns; computed_columns; } | name_types | name_commands | sort >"$WORK/expected"
	help_columns | sed 's/ \*$//' | sort >"$WORK/out"
	diff "$WORK/expected" "$WORK/out" || fail 'help (>) and header (<) differ'
}

test_page_has_help_columns() {
	need_tree
	help_columns >"$WORK/expected"
	page_columns >"$WORK/out"
	diff "$WORK/expected" "$WORK/out" || fail 'manual page (>) and help (<) differ'
}

# All columns at once, so those of the output are those of the help.
test_output_has_help_columns() {
	for command in shm holders mqueue users denials history namespaces probes status triage; do
		help_columns | awk -v command="$command" '$1 == command { print toupper($2) }' \
			>"$WORK/expected"
		all=--output-all
		[ "$command" != triage ] || all=
		# shellcheck disable=SC2086
		"$READER" "$command" --from "$DATA/capture.txt" -r $all | head -n 1 |
			tr ' ' '\n' >"$WORK/out"
		diff "$WORK/expected" "$WORK/out" || fail "$command: output and help differ"
		help_columns | awk -v command="$command" '
			$1 == command && $4 == "*" { print toupper($2) }' | sort >"$WORK/expected"
		"$READER" "$command" --from "$DATA/capture.txt" -r | head -n 1 | tr ' ' '\n' | sort \
			>"$WORK/out"
		diff "$WORK/expected" "$WORK/out" || fail "$command: defaults and help differ"
	done
}

test_files_have_commands() {
	need_tree
	sed -n '/^#define IPCLENS_FILES/,/^$/s/^\tX(\([a-z_]*\),.*/\1/p' "$ABI" |
		name_commands | sed '$a mqholders' | sort >"$WORK/expected"
	"$READER" --help | sed -n '/^Tables:/,/^$/s/^ \([a-z]*\) .*/\1/p' | sort >"$WORK/out"
	diff "$WORK/expected" "$WORK/out" || fail 'files (<) and commands (>) differ'
	[ -s "$WORK/out" ] || fail 'no commands found'
	sed -n '/^The commands are/,/^\.El/s/^\.It Cm //p' "$PAGE" | sort >"$WORK/out"
	diff "$WORK/expected" "$WORK/out" || fail 'files (<) and manual page (>) differ'
}

# Of all commands, named like the tables and the others in the help
help_commands() {
	"$READER" --help | sed -n '/^Tables:/,/^Options:/s/^ \([a-z]*\) .*/\1/p'
}

# options < HELP
options() {
	sed -n 's/^ \(-., \| *\)--\([a-z-]*\).*/\2/p'
}

test_options() {
	need_tree
	help_commands >"$WORK/commands"
	[ "$(wc -l <"$WORK/commands")" -ge 11 ] || fail 'help is not understood'
	while read -r command; do
		"$READER" "$command" --help | options >"$WORK/options"
		[ "$(wc -l <"$WORK/options")" -ge 3 ] || fail "help of $command is not understood"
		while read -r option; do
			echo "$option" >>"$WORK/all"
			# --watch does not end by itself where there is a module
			if timeout 20 "$READER" "$command" "--$option" 2>&1 </dev/null |
				grep -q 'unknown or ambiguous\|does not go with'; then
				fail "--$option is in the help of $command, but refused"
			fi
		done <"$WORK/options"
	done <"$WORK/commands"
	sort -u "$WORK/all" >"$WORK/expected"
	sed -n "/^The options may/,/^\.El/s/^\.It Fl \(. , \)\{0,1\}-\([a-z-]*\).*/\2/p" "$PAGE" |
		sort >"$WORK/out"
	diff "$WORK/expected" "$WORK/out" || fail 'help (<) and manual page (>) differ'
	"$READER" --help | options >"$WORK/general"
	"$READER" shm --help | options | diff "$WORK/general" - || fail 'help of a table differs'
}

# The options that the synopsis has for a command, short ones if there are
synopsis_options() {
	awk -v command="$1" '
		function tell(word, i) {
			if (word ~ /^-/)
				print substr(word, 2)
			else
				for (i = 1; i <= length(word); i++)
					print substr(word, i, 1)
		}
		/^\.Sh / { synopsis = $2 == "SYNOPSIS"; next }
		!synopsis { next }
		/^\.Nm/ { meant = named = 0; next }
		/^\.(Op )?Cm / && !named++ { for (i = 2; i <= NF; i++) meant += $i == command }
		meant { for (i = 2; i < NF; i++)
			if ($i == "Fl" || ($i == "|" && $(i + 1) != "Fl" && $2 == "Fl"))
				tell($(i + 1)) }' "$PAGE" | sort
}

test_synopsis() {
	need_tree
	help_commands >"$WORK/commands"
	while read -r command; do
		"$READER" "$command" --help | sed -n 's/^ -\(.\), --.*/\1/p
			s/^  *--\([a-z-]*\).*/\1/p' | grep -vx '[hV]' | sort >"$WORK/expected"
		[ "$command" = shm ] || sed -i '/^tree$/d' "$WORK/expected"
		synopsis_options "$command" >"$WORK/out"
		case $command in
		# They share a synopsis with shm
		holders | mqueue | mqholders | users | denials | history | namespaces | probes | status)
			sed -i '/^tree$/d' "$WORK/out" ;;
		esac
		[ "$command" != mqholders ] || sed -i '/^from$/d' "$WORK/expected" "$WORK/out"
		diff "$WORK/expected" "$WORK/out" || fail "help (<) and synopsis (>) of $command differ"
	done <"$WORK/commands"
}

# The blocks of README.md: a command of ours, and what it said
readme_commands() {
	sed -n 's/^\$ \(ipclens .*\)/\1/p' "$README"
}

# Stories are of a capture that is here, so they are the same word for word. Tables are of
# machines that are gone: their headings are.
test_readme() {
	need_tree
	readme_commands >"$WORK/commands"
	[ "$(wc -l <"$WORK/commands")" -ge 5 ] || fail 'README.md is not understood'
	while read -r line; do
		awk -v line="\$ $line" 'shown && /^(```)?$/ && (!story || /^`/) { exit }
			shown { print }
			$0 == line { shown = 1; story = / explain / }' "$README" >"$WORK/shown"
		# shellcheck disable=SC2086
		set -- ${line#ipclens }
		case $line in
		*--from*)
			(cd ../.. && "$OUR_READER" "$@") >"$WORK/out" ;;
		*)
			run "$@" --from "$DATA/linux-7.2.txt"
			for file in shown out; do
				head -n 1 "$WORK/$file" | tr -s ' ' | sed 's/^ //' >"$WORK/heading"
				mv "$WORK/heading" "$WORK/$file"
			done ;;
		esac
		[ -s "$WORK/out" ] || fail "nothing comes of: $line"
		diff "$WORK/shown" "$WORK/out" || fail "README.md (<) and what comes (>) of: $line"
	done <"$WORK/commands"
}

test_version() {
	need_tree
	run --version
	expect_status 0
	version=$(sed -n 's/^#define IPCLENS_VERSION "\(.*\)"/\1/p' "$ABI")
	format=$(sed -n 's/^#define IPCLENS_FORMAT //p' "$ABI")
	echo "ipclens $version (format $format)" | expect_output
}

# "file column type" in the order of the page of the format
format_page_columns() {
	awk '/^\.Ss / { file = $2 }
		/^\.Sh / { file = "" }
		/^\.It Cm / && file { n = 0
			for (i = 3; i <= NF; i++)
				if ($i != ",")
					name[++n] = $i
			getline
			sub(/:$/, "")
			types = split($0, type, /, /)
			for (i = 1; i <= n; i++)
				print file, name[i], (types > 1 ? type[i] : type[1]) }' "$FORMAT_PAGE"
}

test_format_page_has_abi_columns() {
	need_tree
	# A file of keys, and tables within the text of a file, are no columns.
	abi_columns | grep -v '^status ' | sort >"$WORK/expected"
	format_page_columns | grep ' \(NUM\|BYTES\|TIME\|FLAG\|KEY\|PERM\|ADDR\|TEXT\)$' |
		sort >"$WORK/out"
	diff "$WORK/expected" "$WORK/out" || fail 'ipclens-debugfs.5 (>) and header (<) differ'
}

# Of each file the columns in the text that developers read are those in the page.
test_format_page_has_all_names() {
	need_tree
	{ cat "$FORMAT_TEXT"; echo; } | awk '/^[|]---/ { row = "" }
		row ~ /^[|] [a-z]/ { split(row, cell, " [|]"); print substr(cell[1], 3) }
		{ row = $0 }' | tr -d ' ' | tr ',' '\n' | sort >"$WORK/expected"
	sed -n 's/^\.It Cm \([a-z].*\)/\1/p' "$FORMAT_PAGE" | tr -d ' ' | tr ',' '\n' | sort \
		>"$WORK/out"
	[ "$(wc -l <"$WORK/out")" -ge 180 ] || fail 'the page is not understood'
	diff "$WORK/expected" "$WORK/out" || fail 'ipclens-debugfs.5 (>) and debugfs-abi.md differ'
}

test_page_lints() {
	need_tree
	need mandoc
	mandoc -Tlint -W warning "$PAGE" "$FORMAT_PAGE"
}

TESTS="test_columns_are_found test_help_has_abi_columns test_page_has_help_columns
	test_output_has_help_columns test_files_have_commands test_options test_synopsis
	test_readme test_version test_format_page_has_abi_columns
	test_format_page_has_all_names test_page_lints"
ktap_main
